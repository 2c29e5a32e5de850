import Chain
import EventLog
import Foundation
import GRDB
import Saga

/// What the log reads; each function sees one moment of the log if it runs in a transaction.
extension Database {
    func logHead() throws -> Head {
        let statement = try cachedStatement(
            sql: "SELECT position, commit_hash, epoch FROM head WHERE id = 1")
        guard let row = try Row.fetchOne(statement) else {
            throw LogError(.corrupt, "The log has lost its head: restore it.")
        }
        return Head(
            position: Position(try row.number(0)), commitHash: try row.hash(1),
            epoch: Epoch(try row.number(2)))
    }

    /// - Complexity: One query by the primary key.
    func commits(after position: Position, entriesMax: Int) throws -> [Commit] {
        let rows = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT first_position, last_position, header, signature, body FROM "commit"
                    WHERE last_position > ? ORDER BY last_position
                    """),
            arguments: [Int64(clamping: position.number)])
        var found: [Commit] = []
        var (count, bytes) = (0, 0)
        while let row = try rows.next() {
            let commit = try Commit(row)
            count += commit.entries.count
            bytes += commit.body.count
            guard found.isEmpty || count <= entriesMax && bytes <= LogReading.bytesMax else {
                break
            }
            found.append(commit)
        }
        return found
    }

    /// - Complexity: One query by the primary key.
    func commit(containing position: Position) throws -> Commit? {
        let row = try Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT first_position, last_position, header, signature, body FROM "commit"
                    WHERE last_position >= ? ORDER BY last_position LIMIT 1
                    """),
            arguments: [Int64(clamping: position.number)])
        guard let commit = try row.map({ try Commit($0) }), commit.header.first <= position
        else { return nil }
        return commit
    }

    /// - Complexity: One query by primary keys; reads each commit that has one of the entries.
    func entries(of saga: CommandID) throws -> [Entry] {
        let rows = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT first_position, last_position, header, signature, body FROM "commit"
                    WHERE last_position IN (
                        SELECT (SELECT min(last_position) FROM "commit"
                            WHERE last_position >= saga_entry.position)
                        FROM saga_entry WHERE saga = ?)
                    ORDER BY last_position
                    """),
            arguments: [Data(saga.bytes)])
        var found: [Entry] = []
        while let row = try rows.next() {
            found += try Commit(row).entries.filter { $0.saga == saga }
        }
        return found
    }

    func newestSnapshot() throws -> Snapshot? {
        let statement = try cachedStatement(
            sql: """
                SELECT position, commit_hash, history, state, signature FROM snapshot
                ORDER BY position DESC LIMIT 1
                """)
        guard let row = try Row.fetchOne(statement) else { return nil }
        return Snapshot(
            position: Position(try row.number(0)), commitHash: try row.hash(1),
            history: try row.bytes(2), state: try row.bytes(3),
            signature: try row.bytes(4))
    }

    /// Checks that head and commits end at the same place.
    ///
    /// They are written together, so a difference means that the file was tampered with or
    /// damaged: better said at opening than at the first append.
    func checkEnd() throws {
        let head = try logHead()
        let before = Position(max(head.position.number, 1) - 1)
        let newest = try commits(after: before, entriesMax: .max).last
        guard (newest?.header.last ?? .start) == head.position,
            (newest?.hash ?? .zero) == head.commitHash
        else {
            throw LogError(
                .corrupt,
                """
                The log's head and its commits end at different places: restore the log from \
                the journal or a backup.
                """)
        }
    }
}

extension Commit {
    /// A row of first position, last position, header, signature and body.
    fileprivate init(_ row: Row) throws {
        try self.init(
            stored: row.bytes(2), signature: row.bytes(3), body: row.bytes(4),
            at: (row.number(0), row.number(1)))
    }
}

/// Columns of a file that may be damaged: decoding throws, where a subscript would trap.
extension Row {
    fileprivate func bytes(_ index: Int) throws -> [UInt8] {
        [UInt8](try decode(Data.self, atIndex: index))
    }

    fileprivate func number(_ index: Int) throws -> UInt64 {
        guard let number = UInt64(exactly: try decode(Int64.self, atIndex: index)) else {
            throw LogError(.corrupt, "The log has a position or epoch below zero.")
        }
        return number
    }

    fileprivate func hash(_ index: Int) throws -> Hash {
        let bytes = try decode(Data.self, atIndex: index)
        guard let hash = Hash(bytes: bytes) else {
            throw LogError(.corrupt, "The log has a hash of \(bytes.count) bytes.")
        }
        return hash
    }
}
