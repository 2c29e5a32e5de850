public import EventLog
import LibPQ

extension PostgresEventLog {
    /// Makes a database if the server does not have it.
    ///
    /// - Parameters:
    ///   - name: The new database.
    ///   - options: Connects to another database of the server, as somebody who may make one.
    /// - Throws: ``LogError`` `.unavailable` — no server, no rights.
    public static func makeDatabase(
        _ name: String, _ options: PostgresLogOptions
    ) async throws(LogError) {
        var connection = options.connection(for: .writer)
        connection.admission = nil
        try await asLogError {
            let session = try await Connection.open(connection)
            let result: Result<Void, any Error>
            do {
                try await session.execute(script: "CREATE DATABASE \(SQLText.identifier(name))")
                result = .success(())
            } catch let error as PostgresError where error.sqlState == "42P04" {
                // It is there: another run made it, or an administrator.
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await session.close()
            try result.get()
        }
    }
}
