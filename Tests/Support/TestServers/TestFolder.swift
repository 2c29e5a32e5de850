import Foundation

/// Runs `body` with the path of a new folder that is removed afterwards.
public func withTestFolder<Value>(
    _ body: (String) async throws -> Value
) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.path + "/giro-test-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Writes a file that only its owner may use: secrets are refused in any other.
public func writePrivate(_ text: String, to path: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    guard
        FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    else { throw TestServerError("\(path) cannot be written") }
}
