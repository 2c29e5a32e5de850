public import EventLog
import LibPQ

extension PostgresEventLog {
    /// Makes a database if the server does not have it.
    ///
    /// - Parameters:
    ///   - name: The new database.
    ///   - options: Whatever database they name, the connection goes to `postgres`, which every
    ///     server has, as a role that may make one.
    /// - Throws: ``LogError`` `.unavailable` — no server, no rights.
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
}
