import EventLog
import EventLogPostgres
import EventLogSQLite
import Foundation
import TestRun
import TestServers
import Testing

/// The stores that the contract holds for: add a case, and the whole suite runs against it.
enum Store: CaseIterable {
    case inMemory, sqlite, postgres

    /// A fast run starts no server.
    static let allCases: [Store] = [.inMemory, .sqlite] + (FastRun.isOn ? [] : [.postgres])

    /// Runs `body` on a new log and clears it away.
    func withLog(_ body: (any EventLog) async throws -> Void) async throws {
        switch self {
        case .inMemory:
            try await body(InMemoryEventLog())
        case .sqlite:
            try await withLogFile { path in
                let log = try await SQLiteEventLog.open(at: path)
                try await body(log)
                await log.close()
            }
        case .postgres:
            try await withPostgres { database in
                let log = try await PostgresEventLog.open(database.options)
                try await body(log)
                await log.close()
            }
        }
    }
}

/// Runs `body` with the path of a log file that is not there yet, in its own folder.
func withLogFile(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "giro-log-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(folder.appending(path: "log.sqlite").path))
    } catch {
        result = .failure(error)
    }
    try FileManager.default.removeItem(at: folder)
    try result.get()
}

/// The code of the error that `body` throws; `nil` if it throws none, or another kind of error.
func code(of body: () async throws -> Void) async -> LogError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? LogError)?.code
    }
}

/// The log's error that `body` throws; `nil` if it throws none, or another kind of error.
func failure(of body: () async throws -> Void) async -> LogError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? LogError
    }
}
