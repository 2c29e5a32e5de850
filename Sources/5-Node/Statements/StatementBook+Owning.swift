import Foundation
import GRDB

extension StatementBook {
    /// Looks whether a file may be used for statements, and removed where it is of no use: it was
    /// made for statements, or there is none yet. A wrong setting may name a log or a key.
    ///
    /// - Throws: ``StatementError``: `.foreign`; `.unavailable` — it cannot be read.
    public static func checkIsOwn(_ path: String) throws(StatementError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let head: [UInt8]
        do {
            head = try beginning(of: URL(fileURLWithPath: path).resolvingSymlinksInPath())
        } catch {
            throw StatementError(.unavailable, "\(path) cannot be read: \(error)", cause: error)
        }
        guard !head.isEmpty else { return }
        let id = head.dropFirst(68).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        // SQLite keeps the id in a file beside this one at first: then it is still 0 here.
        guard head.count == 72, head.starts(with: Array("SQLite format 3\0".utf8)),
            id == Database.statementsApplicationID || id == 0
        else { throw .foreign(path) }
    }

    /// Enough of an SQLite file's head to know whose it is; nothing of an empty file.
    private static func beginning(of file: URL) throws -> [UInt8] {
        let type = try FileManager.default.attributesOfItem(atPath: file.path)[.type]
        // A pipe or device would be waited for.
        guard type as? FileAttributeType == .typeRegular else { return [0] }
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        return Array(try handle.read(upToCount: 72) ?? Data())
    }
}
