import GRDB

/// Runs `sql` on a separate connection, past the log.
func execute(_ sql: String, at path: String) async throws {
    let raw = try DatabaseQueue(path: path)
    try await raw.write { try $0.execute(sql: sql) }
    try raw.close()
}

/// Runs `body` while a connection of another owner has a transaction open.
func withRawDatabase(
    at path: String, begin: @escaping @Sendable (Database) throws -> Void,
    whileOpen body: () async throws -> Void,
    finally end: @escaping @Sendable (Database) throws -> Void
) async throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let raw = try DatabaseQueue(path: path, configuration: configuration)
    try await raw.writeWithoutTransaction { try begin($0) }
    try await body()
    try await raw.writeWithoutTransaction { try end($0) }
    try raw.close()
}
