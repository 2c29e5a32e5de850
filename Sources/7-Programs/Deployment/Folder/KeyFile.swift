import Foundation
import LineFiles
import Saga

/// A file of keys: 32 bytes in hexadecimal a line, the one in use first. Lines that begin with `#`
/// are comments.
///
/// While one takes another's place both are in it; at other times it has one line, public keys
/// aside, which are needed for as long as there is a log that they signed.
package struct KeyFile {
    static let bytesCount = 32

    package let path: String
    /// Whether others than the owner may read it.
    let isPublic: Bool

    package init(path: String, isPublic: Bool = false) {
        self.path = path
        self.isPublic = isPublic
    }

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Refuses a file that others may change, and one of signing keys that they may read.
    ///
    /// - Returns: At least one, in the file's order.
    package func read() throws -> [[UInt8]] {
        do throws(LineFileError) {
            return try Self.keys(
                in: LineFile(path: path, rights: isPublic ? .ownerWrites : .owner))
        } catch {
            let advice =
                error.code == .missing ? ". Put it back from your backup of keys." : "."
            throw Failure(.unavailable, "\(path): \(error.message)\(advice)")
        }
    }

    /// What is piped into the program: as in a file.
    static func readStandardInput() throws -> [[UInt8]] {
        do throws(LineFileError) {
            return try keys(in: .standardInput())
        } catch {
            throw Failure(.unavailable, "standard input: \(error.message).")
        }
    }

    /// - Throws: ``LineFileError``, which shows nothing of the keys.
    static func keys(in file: LineFile) throws(LineFileError) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for line in file.lines {
            guard let key = Hexadecimal.bytes(of: line.text), key.count == bytesCount else {
                throw LineFileError(
                    .malformed, line: line.number,
                    "is not \(bytesCount) bytes in hexadecimal digits (\(2 * bytesCount) digits)")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else {
            throw LineFileError(
                .malformed, line: 1,
                "is not \(bytesCount) bytes in hexadecimal digits: the file holds no key")
        }
        return keys
    }

    /// Puts a whole new file in place of the old one, durable before this returns: what a log is
    /// handed over to must not be lost with the machine.
    package func write(_ keys: [[UInt8]]) throws {
        let text = keys.map { Hexadecimal.text(of: $0) + "\n" }.joined()
        do throws(LineFileError) {
            try NewFile.put(Array(text.utf8), at: path, isPublic: isPublic)
        } catch {
            throw Failure(.unavailable, "\(path): \(error.message).")
        }
    }
}
