import Chain
import EventLog
import Foundation
import GRDB
import Saga

/// What the log writes. Every function needs a transaction that holds the write lock: between
/// reading the head and moving it no other connection can write.
extension Database {
    func takeOver(from epoch: Epoch) throws -> Head {
        let head = try logHead().takenOver(from: epoch)
        try moveHead(to: head)
        return head
    }

    func append(_ commit: Commit, as writer: Epoch) throws {
        try logHead().admit(commit.header, of: writer)
        try moveHead(to: Head(after: commit, of: writer))
        try cachedStatement(
            sql: """
                INSERT INTO "commit" (last_position, first_position, header, signature, body)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            Int64(commit.header.last.number), Int64(commit.header.first.number),
            Data(commit.headerBytes), Data(commit.signature), Data(commit.body),
        ])
        let insertion = try cachedStatement(
            sql: "INSERT INTO saga_entry (saga, position) VALUES (?, ?)")
        for entry in commit.entries {
            guard let saga = entry.saga else { continue }
            try insertion.execute(arguments: [
                Data(saga.bytes), Int64(entry.position.number),
            ])
        }
    }

    func save(_ snapshot: Snapshot) throws {
        try execute(
            sql: """
                INSERT OR REPLACE INTO snapshot
                    (position, commit_hash, history, state, signature)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                Int64(snapshot.position.number), Data(snapshot.commitHash.bytes),
                Data(snapshot.history), Data(snapshot.state), Data(snapshot.signature),
            ])
        try execute(
            sql: """
                DELETE FROM snapshot WHERE position NOT IN
                    (SELECT position FROM snapshot ORDER BY position DESC LIMIT 2)
                """)
    }

    private func moveHead(to head: Head) throws {
        try cachedStatement(
            sql: "UPDATE head SET position = ?, commit_hash = ?, epoch = ? WHERE id = 1"
        ).execute(arguments: [
            Int64(head.position.number), Data(head.commitHash.bytes), Int64(head.epoch.number),
        ])
    }
}
