import Chain
import EventLog
import Foundation
import GRDB
import Saga
import Testing

@testable import EventLogSQLite

@Suite struct SQLiteEventLogTests {
    @Test("A log that is opened again is where it was")
    func reopening() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commits = [writer.next(2), writer.next(3)]
            for commit in commits {
                try await log.append(commit)
            }
            await log.close()

            let again = try await SQLiteEventLog.open(at: path)
            #expect(try await again.head() == writer.head)
            #expect(try await again.commits(after: .start, entriesMax: 100) == commits)
            try await again.append(writer.next())
            await again.close()
        }
    }

    @Test("A writer is fenced once a second one on the same file has taken over")
    func twoWriters() async throws {
        try await withLogFile { path in
            let first = try await SQLiteEventLog.open(at: path)
            var former = try Writer(after: try await first.takeOver(from: Epoch(0)))
            try await first.append(former.next())

            let second = try await SQLiteEventLog.open(at: path)
            var latter = try Writer(
                after: try await second.takeOver(from: Epoch(1)), former.end.history)
            #expect(await code { try await first.append(former.commit()) } == .fenced)
            #expect(await code { _ = try await first.takeOver(from: Epoch(1)) } == .fenced)
            try await second.append(latter.next())
            #expect(try await first.head() == latter.head)
            await first.close()
            await second.close()
        }
    }

    @Test("A commit is on the disk before its append returns")
    func durability() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            let pragmas = try await log.write { database in
                [
                    try String.fetchOne(database, sql: "PRAGMA synchronous"),
                    try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                ]
            }
            let full = "2"
            #expect(pragmas == [full, "wal"])
            await log.close()
        }
    }

    @Test("An append that was handed over is not undone by cancelling its task")
    func cancellation() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            var writer = try Writer()
            let commit = writer.next()
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await code { try await log.append(commit) }
            }
            // It may have been there before it was waited for.
            #expect([nil, .outcomeUnknown].contains(await cancelled.value))
            await log.close()
            let again = try await SQLiteEventLog.open(at: path)
            #expect(try await again.head() == writer.head)
            await again.close()
        }
    }

    @Test("What another connection has not committed is not seen")
    func halfWritten() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            try await withRawDatabase(at: path) { raw in
                try raw.beginTransaction(.immediate)
                try raw.execute(sql: "UPDATE head SET position = 1")
                try raw.execute(
                    sql: "INSERT INTO \"commit\" VALUES (1, 1, x'00', zeroblob(64), x'00')")
            } whileOpen: {
                let (head, commits) = (
                    try await log.head(), try await log.commits(after: .start, entriesMax: 1)
                )
                #expect(head == .empty)
                #expect(commits == [])
            } finally: { raw in
                try raw.rollback()
            }
            try await log.append(try Writer().commit())
            await log.close()
        }
    }

    @Test("While another process writes, an append is unavailable, and later it is not")
    func busy() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path, busyTimeout: .milliseconds(20))
            let commit = try Writer().commit()
            try await withRawDatabase(at: path) { raw in
                try raw.beginTransaction(.immediate)
            } whileOpen: {
                #expect(await code { try await log.append(commit) } == .unavailable)
            } finally: { raw in
                try raw.rollback()
            }
            try await log.append(commit)
            await log.close()
        }
    }

    @Test("Only the newest two snapshots are kept")
    func snapshotsKept() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            let key = try Writer.key(7)
            for position in [3, 1, 7, 5, 9] as [UInt64] {
                try await log.save(
                    Snapshot.signed(
                        position: Position(position), commitHash: .zero,
                        history: HistoryTree(), state: [], key: key))
            }
            let kept = try await log.write {
                try Int.fetchAll($0, sql: "SELECT position FROM snapshot ORDER BY position")
            }
            #expect(kept == [7, 9])
            await log.close()
        }
    }

    @Test(
        "The database itself refuses to change what was written",
        arguments: [
            "UPDATE \"commit\" SET signature = zeroblob(64)",
            "UPDATE \"commit\" SET body = x'00'",
            "UPDATE \"commit\" SET last_position = 100",
            "DELETE FROM \"commit\"",
            "INSERT OR REPLACE INTO \"commit\" VALUES (3, 1, x'00', zeroblob(64), x'00')",
            "INSERT INTO \"commit\" VALUES (9, 5, x'00', zeroblob(64), x'00')",
            "UPDATE saga_entry SET position = 100",
            "DELETE FROM saga_entry",
            "UPDATE head SET position = position - 1",
            "UPDATE head SET epoch = epoch - 1",
            "DELETE FROM head",
            "INSERT OR REPLACE INTO head VALUES (1, 0, zeroblob(32), 0)",
        ])
    func refusedByTheDatabase(sql: String) async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next(3)
            try await log.append(commit)
            let error = await #expect(throws: DatabaseError.self) {
                try await execute(sql, at: path)
            }
            #expect(error?.resultCode == .SQLITE_CONSTRAINT)
            #expect(try await log.head() == writer.head)
            #expect(try await log.commits(after: .start, entriesMax: 100) == [commit])
            await log.close()
        }
    }
}
