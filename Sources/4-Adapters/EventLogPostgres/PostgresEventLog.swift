public import Chain
public import EventLog
import LibPQ
public import Saga
import Synchronization

/// An event log in a schema of a PostgreSQL database: what a bank runs.
///
/// One connection writes, in pipeline mode; a few others read, one of them nothing but the head, so
/// that no reader of the log keeps its writer waiting, and a snapshot, which may be large, goes
/// over one made for it. Reads see only what is durable, since PostgreSQL shows a commit to other
/// sessions after it was flushed. A connection that broke is made again by the next call that needs
/// it; what was in flight on it is `.outcomeUnknown`.
public final class PostgresEventLog: EventLog {
    private enum Writing {
        case connection(Connection)
        case closed
    }

    private let options: PostgresLogOptions
    var schema: String { options.schema }
    let isReadOnly: Bool
    let statements: LogStatements
    private let readers: ConnectionPool
    /// For the head alone: before it answers, a writer asks whose the log is.
    private let heads: ConnectionPool
    /// A connection for each snapshot that is saved, one after the other.
    private let savers: ConnectionPool
    /// Held while commits are handed over, so that they go out in the order of the calls.
    private let writing: Mutex<Writing?>

    init(_ options: PostgresLogOptions, isReadOnly: Bool) {
        self.options = options
        self.isReadOnly = isReadOnly
        statements = LogStatements(schema: options.schema)
        readers = ConnectionPool(
            options.connection(for: .reader), connectionsMax: options.readersMax)
        heads = ConnectionPool(options.connection(for: .reader), connectionsMax: 1)
        // Not kept: libpq never gives back the memory that the largest statement took.
        savers = ConnectionPool(
            options.connection(for: .writer), connectionsMax: 1, keepsIdle: false)
        writing = Mutex(nil)
    }

    /// As `EventLog.head()`; on a dedicated connection, so that no other read delays it.
    public func head() async throws(LogError) -> Head {
        try await read(from: heads) { connection in
            try await self.head(on: connection, onCancellation: .cancel)
        }
    }

    /// As `EventLog.takeOver(from:)`.
    /// - Throws: `LogError`, also `.outcomeUnknown` where the task was cancelled, and `.conflict`
    /// where the head changed twice meanwhile.
    public func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await asLogError(during: .takingOver) {
            let connection = try self.writer()
            do {
                let rows = try await connection.query(
                    self.statements.takeOver, Parameters(Int64(column: epoch.number)),
                    onCancellation: .leave)
                if let row = rows.first { return try row.head() }
                _ = try await self.head(on: connection, onCancellation: .leave)
                    .takenOver(from: epoch)
            } catch let error as PostgresError where error.code == .cancelled {
                throw LogError(
                    .outcomeUnknown, "The task that took the log over was cancelled.", cause: error)
            }
            throw LogError(.conflict, "The log's head changed twice just now: retry.")
        }
    }

    /// As `EventLog.startAppending(_:as:)`: one statement, sent without waiting for those before
    /// it.
    public func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        precondition(
            commit.header.epoch <= writer, "a commit's epoch must not exceed its writer's")
        let appending = Appending()
        let parameters = Parameters(appending: commit, as: writer)
        let refusal = writing.withLock { writing -> LogError? in
            do throws(LogError) {
                let connection = try self.writer(&writing)
                connection.start(statements.append, parameters) { result in
                    self.finish(appending, commit, writer, result, on: connection)
                }
                return nil
            } catch {
                return error
            }
        }
        if let refusal { appending.finish(.failure(refusal)) }
        return appending
    }

    /// As `EventLog.commits(after:entriesMax:)`; one statement.
    public func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try await read { connection in
            let rows = try await connection.query(
                self.statements.commits,
                Parameters(
                    Int64(column: position.number), Int64(min(max(entriesMax, 1), 1 << 32)),
                    Int64(LogReading.bytesMax)),
                onCancellation: .cancel)
            return try (0..<rows.count).map { try rows[$0].commit() }
        }
    }

    /// As `EventLog.commit(containing:)`; one statement.
    public func commit(containing position: Position) async throws(LogError) -> Commit? {
        try await read { connection in
            try await connection.query(
                self.statements.commitContaining, Parameters(Int64(column: position.number)),
                onCancellation: .cancel
            ).first?.commit()
        }
    }

    /// As `EventLog.entries(of:)`; by indexes.
    public func entries(of saga: CommandID) async throws(LogError) -> [Entry] {
        try await read { connection in
            let rows = try await connection.query(
                self.statements.commitsOfSaga, Parameters(PostgresUUID(saga)),
                onCancellation: .cancel)
            return try (0..<rows.count).flatMap { index in
                try rows[index].commit().entries.filter { $0.saga == saga }
            }
        }
    }

    /// As `EventLog.newestSnapshot()`; its signature is not checked here.
    public func newestSnapshot() async throws(LogError) -> Snapshot? {
        try await read { connection in
            try await connection.query(
                self.statements.newestSnapshot, onCancellation: .cancel
            ).first?.snapshot()
        }
    }

    /// Appends do not wait for it.
    ///
    /// - Throws: `LogError`: `.unavailable` — also where the state has half a GiB or more, which
    ///   PostgreSQL does not take in one statement.
    public func save(_ snapshot: Snapshot) async throws(LogError) {
        guard !isReadOnly else { throw Self.readOnly }
        guard snapshot.state.count < Self.statementBytesMax else {
            throw LogError(
                .unavailable,
                """
                The snapshot has \(snapshot.state.count) bytes, PostgreSQL takes half a GiB at \
                once: it was not kept, and the next start folds more of the log.
                """)
        }
        try await asLogError {
            try await self.savers.withConnection { connection in
                _ = try await connection.query(
                    self.statements.saveSnapshot,
                    Parameters(
                        Int64(column: snapshot.position.number), snapshot.commitHash.bytes,
                        snapshot.history, snapshot.state, snapshot.signature),
                    onCancellation: .cancel)
                _ = try await connection.query(
                    self.statements.dropSnapshots, onCancellation: .cancel)
            }
        }
    }

    /// Waits for the calls in flight. Cancelled, it ends the connections instead, so that a silent
    /// server does not block the caller.
    public func close() async {
        let last = writing.withLock { writing in
            defer { writing = .closed }
            return writing
        }
        if case .connection(let connection) = last { await connection.close() }
        await readers.close()
        await heads.close()
        await savers.close()
    }

    // MARK: inside

    private static let readOnly = LogError(
        .fenced, "The log was opened for reading: open it for writing.")

    /// One field has less than a GiB, and so has one message: half of it leaves room for the rest.
    private static let statementBytesMax = 1 << 29

    /// Runs `body` on a reading connection; once more, on another, where that connection turns out
    /// to be broken or unfit, since a read may be retried.
    ///
    /// - Parameter pool: `nil`: that of all readers.
    func read<Value: Sendable>(
        from pool: ConnectionPool? = nil,
        _ body: @Sendable @escaping (Connection) async throws -> Value
    ) async throws(LogError) -> Value {
        let pool = pool ?? readers
        return try await asLogError {
            do {
                return try await pool.withConnection { try await body($0) }
            } catch let error as PostgresError
                where error.isOfConnection
            {
                do {
                    return try await pool.withConnection { try await body($0) }
                } catch let error as PostgresError where error.code == .outcomeUnknown {
                    throw LogError(
                        .unavailable, "PostgreSQL ends connections while they read.", cause: error)
                }
            }
        }
    }

    private func head(
        on connection: Connection, onCancellation rule: CancellationRule
    ) async throws -> Head {
        guard let row = try await connection.query(statements.head, onCancellation: rule).first
        else {
            throw LogError(.corrupt, "The log has lost its head: restore it.")
        }
        return try row.head()
    }

    private func writer() throws(LogError) -> Connection {
        try writing.withLock { writing throws(LogError) in try self.writer(&writing) }
    }

    /// The writing connection; another one, which only starts to connect, where it broke or its
    /// session may be at fault. What was in flight on the former one has then no known outcome.
    private func writer(_ writing: inout Writing?) throws(LogError) -> Connection {
        if case .closed = writing { throw .closed }
        guard !isReadOnly else {
            throw Self.readOnly
        }
        if case .connection(let connection) = writing, connection.isReusable { return connection }
        let connection = Connection(options.connection(for: .writer))
        writing = .connection(connection)
        return connection
    }

    /// On the connection's thread: must not wait.
    private func finish(
        _ appending: Appending, _ commit: Commit, _ writer: Epoch,
        _ result: Result<Rows, PostgresError>, on connection: Connection
    ) {
        switch result {
        case .failure(let error):
            appending.finish(.failure(LogError(error, during: .appending)))
        case .success(let rows) where rows.affectedCount == 1:
            appending.finish(.success(()))
        case .success:
            // The head was elsewhere. Where it is now says why; it has only moved forward since.
            connection.start(statements.head, Parameters()) { result in
                appending.finish(.failure(Self.reason(result, commit.header, writer)))
            }
        }
    }

    private static func reason(
        _ head: Result<Rows, PostgresError>, _ header: CommitHeader, _ writer: Epoch
    ) -> LogError {
        do {
            guard let row = try head.get().first else {
                return LogError(.corrupt, "The log has lost its head: restore it.")
            }
            try row.head().admit(header, of: writer)
        } catch let error as LogError {
            return error
        } catch {
            return LogError(
                .conflict, "The log's head is not where the commit begins.", cause: error)
        }
        return LogError(
            .conflict, "The log's head was not where the commit begins: reopen the log.")
    }
}

extension PostgresError {
    /// Whether the same statement may succeed on another connection: this one is gone, or a
    /// statement that it has prepared is, or no longer fits its tables.
    fileprivate var isOfConnection: Bool {
        switch code {
        case .connectionLost, .outcomeUnknown: true
        case .server(let state): ["0A", "26"].contains(state.category) || state == "42P05"
        default: false
        }
    }
}

extension Parameters {
    /// What the log's append takes.
    fileprivate init(appending commit: Commit, as writer: Epoch) {
        let header = commit.header
        let indexed = commit.entries.filter { $0.saga != nil }
        self.init()
        reserve(byteCount: commit.encodedByteCountMax + 48 * indexed.count + 1024)
        append(Int64(column: header.first.number - 1))
        append(header.previousHash.bytes)
        append(Int64(column: writer.number))
        append(Int64(column: header.last.number))
        append(commit.hash.bytes)
        append(commit.headerBytes)
        append(commit.signature)
        append(commit.body)
        append(PostgresArray(indexed.map { $0.saga.map(PostgresUUID.init) }))
        append(PostgresArray(indexed.map { Int64(column: $0.position.number) as Int64? }))
    }
}
