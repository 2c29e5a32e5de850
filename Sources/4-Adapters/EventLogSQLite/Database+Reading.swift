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

    /// - Complexity: Two queries, whatever the number of commits.
    func commits(after position: Position, entriesMax: Int) throws -> [Commit] {
        let stored = try storedCommits(after: position, entriesMax: entriesMax)
        return try joined(stored)
    }

    /// - Complexity: Two queries, each by a primary key.
    func commit(containing position: Position) throws -> Commit? {
        let row = try Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT first_position, last_position, header, signature FROM "commit"
                    WHERE last_position >= ? ORDER BY last_position LIMIT 1
                    """),
            arguments: [Int64(clamping: position.number)])
        guard let stored = try row.map({ try StoredCommit($0) }), stored.first <= position.number
        else { return nil }
        return try joined([stored]).first
    }

    /// - Parameter stored: Commits that follow each other.
    private func joined(_ stored: [StoredCommit]) throws -> [Commit] {
        guard let first = stored.first?.first, let last = stored.last?.last else { return [] }
        let entries = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT position, saga, payload FROM entry
                    WHERE position BETWEEN ? AND ? ORDER BY position
                    """),
            arguments: [Int64(first), Int64(last)])
        return try stored.map { commit in
            // Taken by count: where one is missing, the commit that lacks it will say so.
            var own: [Entry] = []
            own.reserveCapacity(commit.count)
            while own.count < commit.count, let row = try entries.next() {
                own.append(try Entry(row))
            }
            return try Commit(
                stored: commit.header, signature: commit.signature, entries: own)
        }
    }

    func entries(of saga: SagaID) throws -> [Entry] {
        let statement = try cachedStatement(
            sql: "SELECT position, saga, payload FROM entry WHERE saga = ? ORDER BY position")
        return try Array(
            Row.fetchCursor(statement, arguments: [Data(saga.bytes)]).map { try Entry($0) })
    }

    func newestSnapshot() throws -> Snapshot? {
        let statement = try cachedStatement(
            sql: """
                SELECT position, commit_hash, state, signature FROM snapshot
                ORDER BY position DESC LIMIT 1
                """)
        guard let row = try Row.fetchOne(statement) else { return nil }
        return Snapshot(
            position: Position(try row.number(0)), commitHash: try row.hash(1),
            state: try row.bytes(2), signature: try row.bytes(3))
    }

    /// Checks that head, commits and entries end at the same place.
    ///
    /// They are written together, so a difference means that the file was tampered with or
    /// damaged: better said at opening than at the first append.
    func checkEnd() throws {
        let head = try logHead()
        let lastEntry = try Int64.fetchOne(self, sql: "SELECT max(position) FROM entry") ?? 0
        let before = Position(max(head.position.number, 1) - 1)
        let commits = try commits(after: before, entriesMax: .max)
        let end = commits.last.map { Chain.Link(after: $0) } ?? .start
        guard Int64(clamping: head.position.number) == lastEntry, end.position == head.position,
            end.commitHash == head.commitHash
        else {
            throw LogError(
                .corrupt,
                """
                The log's head, commits and entries end at different places: restore the log \
                from the journal or a backup.
                """)
        }
    }

    fileprivate struct StoredCommit {
        let first: UInt64
        let count: Int
        let header: [UInt8]
        let signature: [UInt8]

        var last: UInt64 { first + UInt64(count) - 1 }
    }

    private func storedCommits(
        after position: Position, entriesMax: Int
    ) throws -> [StoredCommit] {
        let rows = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT first_position, last_position, header, signature FROM "commit"
                    WHERE last_position > ? ORDER BY last_position
                    """),
            arguments: [Int64(clamping: position.number)])
        var found: [StoredCommit] = []
        var count = 0
        while let row = try rows.next() {
            let commit = try StoredCommit(row)
            count += commit.count
            guard found.isEmpty || count <= entriesMax else { break }
            found.append(commit)
        }
        return found
    }
}

extension Database.StoredCommit {
    /// A row of first position, last position, header and signature.
    fileprivate init(_ row: Row) throws {
        let (first, last) = (try row.number(0), try row.number(1))
        // Bounded before anything is allocated for it: the file may be damaged.
        guard first >= 1, last >= first, last - first < UInt64(EntryLimits.commitEntriesMax) else {
            throw LogError(.corrupt, "The log has a commit of entries \(first) to \(last).")
        }
        self.init(
            first: first, count: Int(last - first) + 1, header: try row.bytes(2),
            signature: try row.bytes(3))
    }
}

extension Entry {
    /// A row of position, saga and payload.
    fileprivate init(_ row: Row) throws {
        var saga: SagaID?
        if let bytes = try row.decode(Data?.self, atIndex: 1) {
            saga = SagaID(bytes: bytes)
            guard saga != nil else {
                throw LogError(.corrupt, "An entry's saga has \(bytes.count) bytes.")
            }
        }
        self.init(
            position: Position(try row.number(0)), saga: saga, payload: try row.bytes(2))
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
