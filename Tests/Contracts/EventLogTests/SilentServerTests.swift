import Chain
import EventLog
import EventLogPostgres
import Saga
import TestServers
import TestTags
import Testing

/// PostgreSQL runs and does not answer: a call whose task is cancelled does not wait for it.
@Suite(.tags(.postgres), .onlyInFullRuns) struct SilentServerTests {
    @Test("Who waits for an append and is cancelled learns that its outcome is not known")
    func cancelledAppending() async {
        let appending = Appending()
        let waiting = Task { await code { try await appending.outcome() } }
        let patient = Task { await code { try await appending.outcome() } }
        waiting.cancel()
        #expect(await waiting.value == .outcomeUnknown)
        appending.finish(.success(()))
        #expect(await patient.value == nil)
        // A known outcome is returned, cancelled or not.
        let late = Task { await code { try await appending.outcome() } }
        late.cancel()
        #expect(await late.value == nil)
    }

    @Test("Every call to a silent server ends with its task, and so does closing")
    func silent() async throws {
        try await withOwnPostgres { database in
            var options = database.options
            options.lockTimeout = .seconds(600)
            let log = try await PostgresEventLog.open(options)
            let lease = PostgresLease(options)
            #expect(try await lease.take())
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next()
            let snapshot = Snapshot(
                position: Position(1), commitHash: .zero, history: [], state: [7], signature: [7])
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await log.head() },
                { _ = try await log.takeOver(from: Epoch(1)) },
                { try await log.append(commit) },
                { _ = try await log.entries(of: Writer.saga(1)) },
                { _ = try await log.newestSnapshot() },
                { try await log.save(snapshot) },
                { try await lease.beat() },
                { _ = try await lease.beats() },
                { _ = try await lease.take() },
            ]
            try await database.whileLocked("head, saga_entry, \"commit\", snapshot, heartbeat") {
                let tasks = calls.map { call in Task { await code { try await call() } } }
                // The head's connection, the writer's, two readers', a snapshot's and the lease's.
                try await database.wait(for: "6", from: PostgresDatabase.waiting)
                try await database.server.whileFrozen {
                    for task in tasks { task.cancel() }
                    for task in tasks {
                        let code = await task.value
                        #expect(code == .unavailable || code == .outcomeUnknown)
                    }
                    let closing = Task {
                        await log.close()
                        await lease.close()
                    }
                    closing.cancel()
                    await closing.value
                }
            }
        }
    }
}
