import LibPQ
import TestServers

/// Runs `body` with the connection string of a new database on the shared server.
func withDatabase(
    _ body: (PostgresServer, ConnectionOptions) async throws -> Void
) async throws {
    let server = try await PostgresServer.shared.value
    let name = try await server.makeDatabase()
    let result: Result<Void, any Error>
    do {
        result = .success(
            try await body(server, ConnectionOptions(server.connectionString(database: name))))
    } catch {
        result = .failure(error)
    }
    // Fails where a test left a connection open.
    try await server.run(sql: "DROP DATABASE \(name)")
    try result.get()
}

func withConnection(
    _ change: (inout ConnectionOptions) -> Void = { _ in },
    _ body: (Connection) async throws -> Void
) async throws {
    try await withDatabase { _, options in
        var options = options
        change(&options)
        let connection = try await Connection.open(options)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(connection))
        } catch {
            result = .failure(error)
        }
        await connection.abort()
        try result.get()
    }
}

/// The code of the error that `body` throws; `nil` if it throws none, or another kind of error.
func code(of body: () async throws -> Void) async -> PostgresError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? PostgresError)?.code
    }
}
