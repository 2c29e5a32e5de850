public import EventLog
import LibPQ
import Saga
import Synchronization

/// The lease of a log's writer: a session advisory lock, on a dedicated connection.
///
/// The server frees the lock when that connection ends, however the process went. The lock is named
/// for the log's `head` table, so each log of a database has its own lease.
///
/// A caller that is cancelled waits no longer, also where the server is silent: its statement may
/// still take effect, and may be retried.
public final class PostgresLease: WriterLease {
    private struct State {
        var connection: Connection?
        var isClosed = false
    }

    private let options: PostgresLogOptions
    private let statements: LeaseStatements
    private let state = Mutex(State())

    /// Connects when it is first asked something.
    public init(_ options: PostgresLogOptions) {
        self.options = options
        statements = LeaseStatements(schema: options.schema)
    }

    /// Takes the lock without waiting for it; true also where this session has it already.
    public func take() async throws(LogError) -> Bool {
        try await asLogError {
            let connection = try self.connection()
            // Taking is one statement, and it says whether this session has the lock already: two
            // callers at once do not take it twice.
            let rows = try await connection.query(self.statements.take, onCancellation: .leave)
            return try rows.first?.value(0) ?? false
        }
    }

    /// Adds 1 to the count in the log's schema.
    public func beat() async throws(LogError) {
        try await asLogError {
            _ = try await self.connection().query(self.statements.beat, onCancellation: .leave)
        }
    }

    /// The count in the log's schema; 0 where no holder has ever counted.
    public func beats() async throws(LogError) -> UInt64 {
        try await asLogError {
            let rows = try await self.connection().query(
                self.statements.beats, onCancellation: .leave)
            return try rows.first?.number(0) ?? 0
        }
    }

    /// Ends the holder's session, and all others of the holder's process: a writer that was only
    /// paused must not find its connection to the log open when it wakes.
    ///
    /// The server lets a role end its own sessions. Waits up to 5 s until they are gone.
    public func clear() async throws(LogError) {
        try await asLogError {
            let rows = try await self.connection().query(
                self.statements.clear, Parameters(self.options.processToken.applicationName),
                onCancellation: .leave)
            for index in 0..<rows.count where try !rows[index].value(0) {
                throw LogError(
                    .unavailable, "A session of the former writer did not end within 5 s.")
            }
        }
    }

    /// Ends the session, and with it the lock.
    public func close() async {
        let connection = state.withLock { state in
            state.isClosed = true
            defer { state.connection = nil }
            return state.connection
        }
        await connection?.close()
    }

    private func connection() throws(LogError) -> Connection {
        try state.withLock { state throws(LogError) in
            guard !state.isClosed else { throw .closed }
            if let connection = state.connection, connection.isReusable { return connection }
            // The lock goes with the connection that broke, or that is given up here.
            let connection = Connection(options.connection(for: .lease))
            state.connection = connection
            return connection
        }
    }
}

private struct LeaseStatements: Sendable {
    let take, beat, beats, clear: Statement

    init(schema name: String) {
        let schema = SQLText.identifier(name)
        // Two numbers name the lock: ours ('giro' in ASCII) and the table's.
        let table = "\(SQLText.literal(schema + ".head"))::regclass::oid"
        let lock = "1734963823, \(table)::int8::bit(32)::int4"
        let holders = """
            SELECT pid FROM pg_catalog.pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 2
                AND database = (SELECT oid FROM pg_catalog.pg_database
                    WHERE datname = current_database())
                AND classid = 1734963823 AND objid = \(table)
            """
        take = Statement(
            "take",
            """
            SELECT CASE WHEN pg_backend_pid() IN (\(holders)) THEN true
                ELSE pg_try_advisory_lock(\(lock)) END
            """)
        beat = Statement(
            "beat",
            """
            INSERT INTO \(schema).heartbeat (id, beats) VALUES (1, 1)
            ON CONFLICT (id) DO UPDATE SET beats = heartbeat.beats + 1
            """)
        beats = Statement("beats", "SELECT beats FROM \(schema).heartbeat WHERE id = 1")
        clear = Statement(
            "clear",
            """
            WITH holder AS MATERIALIZED (
                SELECT pid, application_name FROM pg_catalog.pg_stat_activity
                WHERE pid IN (\(holders)) AND pid <> pg_backend_pid()
            ), ended AS MATERIALIZED (
                SELECT pid FROM holder
                UNION
                SELECT a.pid FROM pg_catalog.pg_stat_activity a
                JOIN holder h USING (application_name)
                WHERE a.usename = current_user AND a.application_name LIKE 'giro/%'
                    AND a.application_name <> $1
            )
            SELECT pg_terminate_backend(pid, 5000) FROM ended
            """)
    }
}
