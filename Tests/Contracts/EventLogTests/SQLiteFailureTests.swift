import Chain
import EventLog
import GRDB
import Saga
import Synchronization
import Testing

@testable import EventLogSQLite

/// An append that fails anywhere leaves the log as it was, and the log continues.
@Suite struct SQLiteFailureTests {
    /// Each statement that an append of three entries makes, in its order.
    static let statements =
        ["UPDATE ON head", "INSERT ON \"commit\""]
        + (3...5).map { "INSERT ON saga_entry WHEN NEW.position = \($0)" }

    @Test("Whichever statement of an append fails, nothing has changed", arguments: statements)
    func failingStatement(statement: String) async throws {
        try await withFailure { path, _ in
            try await execute(
                """
                CREATE TRIGGER failure BEFORE \(statement)
                BEGIN SELECT RAISE(ABORT, 'as the test asks'); END
                """, at: path)
            return .corrupt
        } repaired: { path, _ in
            try await execute("DROP TRIGGER failure", at: path)
        }
    }

    @Test("When no space is left, nothing has changed")
    func noSpace() async throws {
        try await withFailure { _, log in
            try await log.write { database in
                let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                try database.execute(sql: "PRAGMA max_page_count = \(pages + 1)")
            }
            return .unavailable
        } repaired: { _, log in
            try await log.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        }
    }

    @Test("When COMMIT itself fails, the outcome is unknown until the log is read")
    func failingCommit() async throws {
        let failure = FailingCommit()
        try await withFailure { _, log in
            try await log.write { $0.add(transactionObserver: failure) }
            failure.isDue.withLock { $0 = true }
            return .outcomeUnknown
        } repaired: { _, _ in
            failure.isDue.withLock { $0 = false }
        }
    }

    /// Appends a commit while `broken` holds, which says what must be thrown, and again once it
    /// is repaired.
    private func withFailure(
        broken: (String, SQLiteEventLog) async throws -> LogError.Code,
        repaired: (String, SQLiteEventLog) async throws -> Void
    ) async throws {
        try await withLogFile { path in
            let log = try await SQLiteEventLog.open(at: path)
            var writer = try Writer()
            let first = writer.next(2)
            try await log.append(first)
            let head = writer.head
            let kept = [UInt8](repeating: 1, count: 50_000)
            let second = writer.next((1...3).map { (Writer.saga($0), kept) })

            let expected = try await broken(path, log)
            #expect(await code { try await log.append(second) } == expected)
            #expect(try await log.head() == head)
            #expect(try await log.commits(after: .start, entriesMax: 100) == [first])
            #expect(try await log.entries(of: Writer.saga(3)) == [])

            try await repaired(path, log)
            try await log.append(second)
            #expect(try await log.head() == writer.head)
            #expect(try await log.commits(after: .start, entriesMax: 100) == [first, second])
            await log.close()
        }
    }
}

/// Makes COMMIT fail while it is due.
private final class FailingCommit: TransactionObserver, Sendable {
    let isDue = Mutex(false)

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }

    func databaseDidChange(with event: DatabaseEvent) {}

    func databaseWillCommit() throws {
        if isDue.withLock({ $0 }) {
            throw DatabaseError(resultCode: .SQLITE_IOERR)
        }
    }

    func databaseDidCommit(_ database: Database) {}

    func databaseDidRollback(_ database: Database) {}
}
