public import EventLog
import LibPQ
import Saga

extension PostgresEventLog {
    /// Makes a database if the server does not have it.
    ///
    /// - Parameters:
    ///   - name: The new database.
    ///   - options: Whatever database they name, the connection goes to `postgres`, which every
    ///     server has, as a role that may make one.
    /// - Throws: `LogError` `.unavailable` — no server, no rights.
    public static func makeDatabase(
        _ name: String, _ options: PostgresLogOptions
    ) async throws(LogError) {
        var connection = options.connection(for: .administrator)
        connection.database = "postgres"
        try await asLogError { [connection] in
            let session = try await Connection.open(connection)
            let result: Result<Void, any Error>
            do {
                try await session.execute(script: "CREATE DATABASE \(SQLText.identifier(name))")
                result = .success(())
            } catch let error as PostgresError where error.sqlState == "42P04" {
                // It is there: another run made it, or an administrator.
                result = .success(())
            } catch let error as PostgresError where error.sqlState == "42501" {
                result = .failure(
                    LogError(
                        .unavailable,
                        """
                        The role of --admin may not make databases: give it CREATEDB, or make \
                        \(name) as another (\(error.description)).
                        """,
                        cause: error))
            } catch {
                result = .failure(error)
            }
            await session.close()
            try result.get()
        }
    }

    /// Whether the node and an administrator reach the same database of the same server, whatever
    /// their ways there: names, ports, sockets and poolers in between may differ.
    ///
    /// - Throws: `LogError` `.unavailable` — one of them cannot connect.
    public static func isSameDatabase(
        ofNode node: PostgresLogOptions, ofAdministrator administrator: PostgresLogOptions
    ) async throws(LogError) -> Bool {
        try await asLogError {
            var reader = node.connection(for: .reader)
            // Whether the server is fit for a log is another question.
            reader.admission = nil
            let own = try await identity(of: reader)
            return try await own == identity(of: administrator.connection(for: .administrator))
        }
    }

    /// The moment that the server was started, which no other server shares, and the database.
    private static func identity(of options: ConnectionOptions) async throws -> String? {
        let session = try await Connection.open(options)
        let result: Result<String?, any Error>
        do {
            let rows = try await session.query(Statement("identity", identityQuestion))
            result = .success(try rows.first?.optional(0, as: String.self))
        } catch {
            result = .failure(error)
        }
        await session.close()
        return try result.get()
    }

    /// As a number of seconds, since sessions may have different time zones.
    private static let identityQuestion = """
        SELECT extract(epoch FROM pg_catalog.pg_postmaster_start_time())::text || ' ' || oid::text
        FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
        """
}
