import Foundation
import HistoryFile
import Testing

/// What histories are kept in: the suite runs on each.
enum Medium: CaseIterable {
    case file, memory

    /// Runs `body` on a history that was found with `bytes`.
    func withHistory(
        of bytes: [UInt8] = [], _ body: (HistoryFile) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            try await body(HistoryFile(inMemory: bytes))
        case .file:
            try await withHistoryPath { path in
                try write(bytes, to: path)
                let history = try HistoryFile(at: path)
                try await body(history)
                history.close()
            }
        }
    }
}

/// Runs `body` with the path of a file that is not there yet, in its own folder.
func withHistoryPath(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "giro-history-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "history").path)
}

/// Writes a file as a history file is made: for its owner only, unless `mode` is another.
func write(_ bytes: [UInt8], to path: String, mode: Int = 0o600) throws {
    let isWritten = FileManager.default.createFile(
        atPath: path, contents: Data(bytes), attributes: [.posixPermissions: mode])
    try #require(isWritten)
}

func byteCount(at path: String) throws -> Int {
    try Data(contentsOf: URL(fileURLWithPath: path)).count
}

/// The code of the error that `body` throws; `nil` if it throws none, or another kind of error.
func code(of body: () async throws -> Void) async -> HistoryFileError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? HistoryFileError)?.code
    }
}
