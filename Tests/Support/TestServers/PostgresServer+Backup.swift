import ChildProcess
import Foundation

// What an administrator does with a whole database.
extension PostgresServer {
    /// Takes a backup of `database` as it is at one moment; its sessions continue meanwhile.
    ///
    /// - Returns: The path of a file in the server's folder.
    public func backUp(_ database: String) async throws -> String {
        let file = "\(folder)/\(database)-\(UUID().uuidString).sql"
        try await call("pg_dump", ["-f", file, database])
        return file
    }

    /// Puts an empty database in the place of `database`, even if it is in use, and fills it from a
    /// backup.
    ///
    /// - Parameter backup: What ``backUp(_:)`` returned; `nil`: it stays empty.
    public func replace(_ database: String, with backup: String?) async throws {
        try await run(sql: "DROP DATABASE IF EXISTS \(database) WITH (FORCE)")
        try await run(sql: "CREATE DATABASE \(database)")
        guard let backup else { return }
        try await call(
            "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", backup])
    }

    /// Runs one of PostgreSQL's programs to its end, as the administrator.
    private func call(_ name: String, _ arguments: [String]) async throws {
        let output = "\(folder).\(name)-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = try startProcess(
            try Self.program(name),
            ["-h", folder, "-p", "\(port)", "-U", "postgres"] + arguments, output: output,
            errors: output)
        guard await process.end() == 0 else {
            let said = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            throw TestServerError("\(name): \(said)")
        }
    }
}
