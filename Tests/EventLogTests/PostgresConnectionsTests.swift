import EventLog
import EventLogPostgres
import Saga
import TestServers
import Testing

/// What one kind of call does not keep another waiting for.
@Suite struct PostgresConnectionsTests {
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
            try await database.whileLocked("entry") {
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
}
