import AccessControl
package import Chain
import Foundation
import LineFiles
package import Saga

/// The user who made the newest signing key, until the old one is forgotten: the log is handed over
/// at a later start, which anybody may do, and its entry names who decided it.
package struct KeyAuthorFile {
    let path: String

    /// The process's own user where there is no such file, or it is of another key: who put the
    /// keys there by hand, or copied them without it, is not known, and who starts the node uses
    /// them.
    func read(for key: KeyID) throws -> Principal {
        guard FileManager.default.fileExists(atPath: path) else { return .processUser }
        let file: LineFile
        do throws(LineFileError) {
            file = try LineFile(path: path, rights: .ownerWrites)
        } catch {
            throw Failure(.unavailable, "\(path): \(error.message).")
        }
        let words = file.lines.first?.text.split(separator: " ") ?? []
        guard file.lines.count == 1, words.count == 2, let principal = Principal(String(words[1]))
        else {
            throw Failure(
                .unavailable,
                "\(path) does not name one key and its user, as 0123456789abcdef unix:NAME: fix "
                    + "the line, or remove the file.")
        }
        return words[0] == key.description ? principal : .processUser
    }

    /// Puts a whole file in place of the old one, durable before this returns.
    package func write(_ principal: Principal, for key: KeyID) throws {
        do throws(LineFileError) {
            try NewFile.put(Array("\(key) \(principal)\n".utf8), at: path)
        } catch {
            throw Failure(.unavailable, "\(path): \(error.message).")
        }
    }

    /// Does nothing where it is not there; one that stays counts for its key only.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
