import Chain
import EventLog
import EventLogSQLite
import Foundation
import Saga
import Testing

@Suite struct SQLiteOpeningTests {
    @Test("A schema newer than this program is refused")
    func newerSchema() async throws {
        try await withLogFile { path in
            try await SQLiteEventLog.open(at: path).close()
            try await execute("PRAGMA user_version = 1000", at: path)
            #expect(await code { _ = try await SQLiteEventLog.open(at: path) } == .newerSchema)
            #expect(
                await code { _ = try await SQLiteEventLog.openForReading(at: path) }
                    == .newerSchema)
        }
    }

    @Test("Another application's database is refused, whatever its version")
    func foreignDatabase() async throws {
        try await withLogFile { path in
            try await execute(
                "CREATE TABLE theirs (id INTEGER); PRAGMA user_version = 1000", at: path)
            #expect(await code { _ = try await SQLiteEventLog.open(at: path) } == .corrupt)
            #expect(
                await code { _ = try await SQLiteEventLog.openForReading(at: path) } == .corrupt)
        }
    }

    @Test("A file that is no database is corrupt")
    func noDatabase() async throws {
        try await withLogFile { path in
            let text = String(repeating: "This is not a database. ", count: 100)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(await code { _ = try await SQLiteEventLog.open(at: path) } == .corrupt)
        }
    }

    @Test("A folder that is missing makes the log unavailable")
    func missingFolder() async throws {
        try await withLogFile { path in
            let inside = path + "/missing/log.sqlite"
            #expect(await code { _ = try await SQLiteEventLog.open(at: inside) } == .unavailable)
        }
    }

    @Test(
        "A log whose parts do not end at one place is refused",
        arguments: [
            "UPDATE head SET position = position + 1",
            "UPDATE head SET commit_hash = zeroblob(32)",
            "DROP TRIGGER commits_are_never_deleted; DELETE FROM \"commit\"",
            """
            INSERT INTO "commit" SELECT 4, 4, header, signature, body FROM "commit"
            """,
        ])
    func disagreement(sql: String) async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            try await log.append(try Writer().commit(3))
            await log.close()
            try await execute(sql, at: path)
            #expect(await code { _ = try await SQLiteEventLog.open(at: path) } == .corrupt)
            #expect(
                await code { _ = try await SQLiteEventLog.openForReading(at: path) } == .corrupt)
        }
    }

    @Test("A body that is not whole is found when it is read", arguments: [
        "substr(body, 1, length(body) - 1)", "CAST(body || x'00' AS BLOB)", "x''",
        "zeroblob(length(body))",
    ])
    func damagedBody(_ body: String) async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            var writer = try Writer()
            try await log.append(writer.next(3))
            try await log.append(writer.next(3))
            await log.close()
            try await execute(
                """
                DROP TRIGGER commits_are_never_changed;
                UPDATE "commit" SET body = \(body) WHERE last_position = 3
                """, at: path)
            let again = try await SQLiteEventLog.open(at: path)
            #expect(
                await code { _ = try await again.commits(after: .start, entriesMax: 100) }
                    == .corrupt)
            #expect(await code { _ = try await again.commit(containing: Position(1)) } == .corrupt)
            await again.close()
        }
    }

    @Test("A reader follows a log that a node is writing, and cannot write itself")
    func readingWhileWriting() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            let reader = try await SQLiteEventLog.openForReading(at: path)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next(3)
            try await log.append(commit)
            #expect(try await reader.commits(after: .start, entriesMax: 100) == [commit])
            #expect(await code { try await reader.append(writer.commit()) } == .fenced)
            #expect(await code { _ = try await reader.takeOver(from: Epoch(1)) } == .fenced)
            await log.close()
            #expect(try await reader.head() == writer.head)
            await reader.close()
        }
    }

    @Test("A reader needs no node to be running")
    func readingAlone() async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            var writer = try Writer()
            try await log.append(writer.next(3))
            await log.close()
            let reader = try await SQLiteEventLog.openForReading(at: path)
            #expect(try await reader.head() == writer.head)
            await reader.close()
        }
    }

    @Test("A reader never makes a log")
    func readingNothing() async throws {
        try await withLogFile { path in
            #expect(
                await code { _ = try await SQLiteEventLog.openForReading(at: path) }
                    == .unavailable)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
