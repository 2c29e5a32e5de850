import Chain
import EventLog
import EventLogPostgres
import Saga
import TestServers
import TestTags
import Testing

/// What one kind of call does not keep another waiting for.
@Suite(.tags(.postgres), .onlyInFullRuns) struct PostgresConnectionsTests {
    /// Opens the log of `database`; its statements wait for a lock longer than any test.
    private func open(
        _ database: PostgresDatabase
    ) async throws -> (log: PostgresEventLog, readersMax: Int) {
        var options = database.options
        options.lockTimeout = .seconds(60)
        return (try await PostgresEventLog.open(options), options.readersMax)
    }

    @Test("The head answers while all readers are busy and others stand in line")
    func headBesideReaders() async throws {
        try await withPostgres { database in
            let (log, readersMax) = try await open(database)
            let head = try await log.takeOver(from: Epoch(0))
            try await database.whileLocked("saga_entry") {
                let readers = (0..<readersMax + 3).map { _ in
                    Task { await code { _ = try await log.entries(of: Writer.saga(1)) } }
                }
                try await database.wait(for: "\(readersMax)", from: PostgresDatabase.waiting)
                #expect(try await log.head() == head)
                // Those before it are still there.
                #expect(try await database.run(PostgresDatabase.waiting) == "\(readersMax)")
                for reader in readers { reader.cancel() }
                for reader in readers { #expect(await reader.value == .unavailable) }
            }
            await log.close()
        }
    }

    @Test("Commits are appended while a snapshot is saved, and closing waits for it")
    func appendBesideSave() async throws {
        try await withPostgres { database in
            let (log, _) = try await open(database)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let snapshot = Snapshot.signed(
                position: Position(1), commitHash: .zero, history: HistoryTree(),
                state: [UInt8](repeating: 7, count: 1 << 26), key: try Writer.key(7))
            var saving: Task<LogError.Code?, Never>?
            var closing: Task<Void, Never>?
            try await database.whileLocked("snapshot") {
                saving = Task { await code { try await log.save(snapshot) } }
                try await database.wait(for: "1", from: PostgresDatabase.waiting)
                for _ in 0..<3 { try await log.append(writer.next()) }
                #expect(try await database.run(PostgresDatabase.waiting) == "1")
                closing = Task { await log.close() }
            }
            await closing?.value
            #expect(await saving?.value == .some(nil))
            #expect(try await database.run("SELECT length(state) FROM snapshot") == "\(1 << 26)")
            #expect(await code { try await log.save(snapshot) } == .closed)
            try await database.wait(for: "0", from: PostgresDatabase.sessions)
        }
    }

    @Test("No connection stays behind a snapshot")
    func snapshotLeavesNone() async throws {
        try await withPostgres { database in
            let (log, _) = try await open(database)
            let before = try await database.run(PostgresDatabase.sessions)
            for position in 1...3 as ClosedRange<UInt64> {
                try await log.save(
                    .signed(
                        position: Position(position), commitHash: .zero,
                        history: HistoryTree(), state: [],
                        key: try Writer.key(7)))
            }
            try await database.wait(for: before, from: PostgresDatabase.sessions)
            await log.close()
        }
    }

    @Test("A snapshot that PostgreSQL could not take is refused, and no connection with it")
    func hugeSnapshot() async throws {
        try await withPostgres { database in
            let (log, _) = try await open(database)
            let snapshot = Snapshot(
                position: Position(1), commitHash: .zero, history: [],
                state: [UInt8](repeating: 0, count: 1 << 29), signature: [])
            let error = await #expect(throws: LogError.self) { try await log.save(snapshot) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("half a GiB") == true)
            #expect(try await log.newestSnapshot() == nil)
            await log.close()

            let reading = try await PostgresEventLog.openForReading(database.options)
            #expect(await code { try await reading.save(snapshot) } == .fenced)
            await reading.close()
        }
    }
}
