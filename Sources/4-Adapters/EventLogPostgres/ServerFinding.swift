public import EventLog
import LibPQ
import Saga

/// Something about a server, or the log's tables there, that would lose or hide commits, and what
/// to do about it.
public struct ServerFinding: Hashable, Sendable, CustomStringConvertible {
    /// The fault, its effect on commits and the remedy, for an operator.
    public let description: String

    /// What is wrong with the server that `options` name; empty where nothing is.
    ///
    /// For `doctor`: opening a log refuses the same findings.
    ///
    /// - Throws: `LogError` `.unavailable`.
    public static func all(at options: PostgresLogOptions) async throws(LogError)
        -> [ServerFinding]
    {
        var connection = options.connection(for: .reader)
        connection.admission = nil
        return try await asLogError { [connection] in
            let session: Connection
            do {
                session = try await Connection.open(connection)
            } catch let error as PostgresError where error.code == .unsuitable {
                return [ServerFinding(error.message)]
            }
            let result: Result<[ServerFinding], any Error>
            do {
                let tables = try await PostgresEventLog.tableFault(
                    on: session, schema: options.schema, toWrite: true)
                result = .success(
                    try await all(on: session, toWrite: true)
                        + [tables].compactMap { $0 }.map { ServerFinding($0) })
            } catch {
                result = .failure(error)
            }
            await session.close()
            return try result.get()
        }
    }

    /// - Parameter isWriting: Whether the server is to be written to.
    static func all(
        on connection: Connection, toWrite isWriting: Bool
    ) async throws(PostgresError) -> [ServerFinding] {
        let rows = try await connection.query(
            Statement("findings", question), onCancellation: .cancel)
        return try findings(in: rows, toWrite: isWriting)
    }

    /// Asked of every session that is opened for the log.
    static func admission(toWrite isWriting: Bool) -> ConnectionOptions.Admission {
        ConnectionOptions.Admission(question) { rows in
            let findings = try findings(in: rows, toWrite: isWriting)
            return findings.isEmpty ? nil : text(findings)
        }
    }

    static func text(_ findings: [ServerFinding]) -> String {
        findings.map(\.description).joined(separator: " ")
    }

    /// Its default of read-only transactions is the one before this session set another.
    private static let question = """
        SELECT pg_is_in_recovery(), current_setting('fsync'), current_setting('full_page_writes'),
            current_setting('synchronous_commit'), (SELECT reset_val FROM pg_settings
                WHERE name = 'default_transaction_read_only')
        """

    private static func findings(
        in rows: Rows, toWrite isWriting: Bool
    ) throws(PostgresError) -> [ServerFinding] {
        guard let row = rows.first else { return [] }
        var found: [String] = []
        if try row.value(0) {
            found.append(
                """
                The server is a read replica, which may show commits that are lost at a failover: \
                name the primary in the connection string.
                """)
        }
        for (column, name) in [(1, "fsync"), (2, "full_page_writes")]
        where try row.value(column) == "off" {
            found.append(
                """
                \(name) is off, so a crash of the machine destroys the log: set \(name) = on in \
                postgresql.conf and reload the server.
                """)
        }
        if try row.value(3) == "off" {
            found.append(
                """
                synchronous_commit is off, so a crash loses commits that were answered for: set \
                synchronous_commit = on for the server, the database and the role.
                """)
        }
        if isWriting, try row.value(4) == "on" {
            found.append(
                """
                default_transaction_read_only is on, so nothing can be written: set it off for \
                the role (ALTER ROLE … RESET default_transaction_read_only), the database and the \
                server. Providers turn it on when the disk is nearly full: then make room first.
                """)
        }
        return found.map(ServerFinding.init)
    }

    private init(_ description: String) {
        self.description = description
    }
}
