import Foundation
import Saga

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file of keys or secrets: 32 bytes in hexadecimal a line, the one in use first.
///
/// While one takes another's place both are in it; at other times it has one line, public keys
/// aside, which are needed for as long as there is a log that they signed.
struct KeyFile {
    static let bytesCount = 32

    let path: String
    /// Whether others than the owner may read it.
    var isPublic = false

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// - Returns: At least one, in the file's order.
    func read() throws -> [[UInt8]] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.unavailable, "\(path) cannot be read. Make it with: giro init")
        }
        return try Self.read(text, of: path)
    }

    /// - Parameter source: Where the text is from, for people. The text itself is never shown.
    static func read(_ text: String, of source: String) throws -> [[UInt8]] {
        let lines = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let keys = lines.compactMap { Hexadecimal.bytes(of: $0) }
        guard !keys.isEmpty, keys.count == lines.count,
            keys.allSatisfy({ $0.count == bytesCount })
        else {
            throw Failure(
                .unavailable,
                "\(source) does not hold \(bytesCount) bytes in hexadecimal digits on each line.")
        }
        return keys
    }

    /// Puts a whole new file in place of the old one, durable before this returns: what a log is
    /// handed over to must not be lost with the machine.
    func write(_ keys: [[UInt8]]) throws {
        let text = keys.map { Hexadecimal.text(of: $0) + "\n" }.joined()
        let new = path + ".new"
        try? FileManager.default.removeItem(atPath: new)
        guard
            FileManager.default.createFile(
                atPath: new, contents: Data(text.utf8),
                attributes: [.posixPermissions: isPublic ? 0o644 : 0o600]),
            synchronize(new), rename(new, path) == 0,
            synchronize((path as NSString).deletingLastPathComponent)
        else { throw Failure(.unavailable, "\(path) cannot be written.") }
    }

    private func synchronize(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}
