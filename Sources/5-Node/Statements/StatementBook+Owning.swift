import Foundation
import GRDB
public import Projection

extension StatementBook {
    /// Looks whether a file may be used for statements, and removed where it is of no use: it was
    /// made for statements, or there is none yet. A wrong setting may name a log or a key.
    ///
    /// - Throws: `ProjectionError`: `.foreign`; `.unavailable` — it cannot be read.
    public static func checkIsOwn(_ path: String) throws(ProjectionError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let head: [UInt8]
        do {
            head = try beginning(of: URL(fileURLWithPath: path).resolvingSymlinksInPath())
        } catch {
            throw ProjectionError(.unavailable, "\(path) cannot be read: \(error)", cause: error)
        }
        guard !head.isEmpty else { return }
        let id = head.dropFirst(68).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        // SQLite keeps the id in a file beside this one at first: then it is still 0 here.
        guard head.count == 72, head.starts(with: Array("SQLite format 3\0".utf8)),
            id == Database.statementsApplicationID || id == 0 && !holdsOthersTables(path)
        else { throw .foreign(path) }
    }

    /// Reads only: to open it for writing would change another program's file.
    private static func holdsOthersTables(_ path: String) -> Bool {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try queue.read { database in
                try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") != 0
                    && Int.fetchOne(database, sql: "PRAGMA application_id")
                        != Int(Database.statementsApplicationID)
            }
        } catch let error as DatabaseError {
            return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        } catch {
            return false
        }
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
