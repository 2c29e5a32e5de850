import EventLog
public import LibPQ

/// Something about a server that would lose commits, and what to do about it.
public struct ServerFinding: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// What is wrong with the server that `options` name; empty where nothing is.
    ///
    /// For `doctor`: opening a log refuses the same findings.
    public static func all(at options: PostgresLogOptions) async throws(PostgresError)
        -> [ServerFinding]
    {
        var connection = options.connection(for: .reader)
        connection.admission = nil
        let session = try await Connection.open(connection)
        let result: Result<[ServerFinding], PostgresError>
        do throws(PostgresError) {
            result = .success(try findings(in: try await session.query(Statement("ask", question))))
        } catch {
            result = .failure(error)
        }
        await session.close()
        return try result.get()
    }

    /// Asked of every session that is opened for the log.
    static let admission = ConnectionOptions.Admission(question) { rows in
        let findings = try findings(in: rows)
        return findings.isEmpty ? nil : findings.map(\.description).joined(separator: " ")
    }

    private static let question = """
        SELECT pg_is_in_recovery(), current_setting('fsync'), current_setting('full_page_writes'),
            current_setting('synchronous_commit')
        """

    private static func findings(in rows: Rows) throws(PostgresError) -> [ServerFinding] {
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
        return found.map(ServerFinding.init)
    }

    private init(_ description: String) {
        self.description = description
    }
}
