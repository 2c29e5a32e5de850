import AccessControl
import Foundation
import LineFiles
package import Saga

/// The user who made the newest signing key, until the old one is forgotten: the log is handed over
/// at a later start, which anybody may do, and its entry names who decided it.
package struct KeyAuthorFile {
    let path: String

    /// The process's own user where there is no such file: who put the keys there by hand, or
    /// copied them without it, is not known, and who starts the node uses them.
    func read() throws -> Principal {
        guard FileManager.default.fileExists(atPath: path) else { return .processUser }
        let file: LineFile
        do throws(LineFileError) {
            file = try LineFile(path: path, rights: .ownerWrites)
        } catch {
            throw Failure(.unavailable, "\(path): \(error.message).")
        }
        guard file.lines.count == 1, let principal = Principal(file.lines[0].text) else {
            throw Failure(
                .unavailable,
                "\(path) does not name one user, as unix:NAME: fix the line, or remove the file.")
        }
        return principal
    }

    /// Puts a whole file in place of the old one, durable before this returns.
    package func write(_ principal: Principal) throws {
        do throws(LineFileError) {
            try NewFile.put(Array("\(principal)\n".utf8), at: path)
        } catch {
            throw Failure(.unavailable, "\(path): \(error.message).")
        }
    }

    /// Does nothing where it is not there; one that stays is written again with the next key.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
