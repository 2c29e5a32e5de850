import Chain
import EventLog
import EventLogPostgres
import Foundation
import Saga
import TestServers
import TestTags
import Testing

/// Whatever breaks under an append: nothing that was answered for is lost, and the log tells.
@Suite(.tags(.postgres, .slow), .onlyInFullRuns) struct PostgresFailureTests {
    @Test("A server that crashes between appends loses nothing, and the log continues")
    func crashBetween() async throws {
        try await withOwnPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            var commits: [Commit] = []
            for mode in [PostgresServer.StopMode.immediate, .kill, .fast] {
                commits.append(writer.next(3))
                try await log.append(commits[commits.count - 1])
                try await database.server.stop(mode)
                #expect(await code { _ = try await log.head() } == .unavailable)
                #expect(await isLost(writer.commit(), on: log))
                try await database.server.launch()
                #expect(try await log.head() == writer.head)
                #expect(try await log.commits(after: .start, entriesMax: 100) == commits)
            }
            commits.append(writer.next())
            try await log.append(commits[commits.count - 1])
            #expect(try await log.commits(after: .start, entriesMax: 100) == commits)
            await log.close()
        }
    }

    /// The outcome of a commit may be unknown on a connection that has not noticed the crash yet.
    private func isLost(_ commit: Commit, on log: PostgresEventLog) async -> Bool {
        let failure = await code { try await log.append(commit) }
        return failure == .unavailable || failure == .outcomeUnknown
    }

    @Test(
        "A server that crashes during appends: what was answered is there, dense and in order",
        arguments: [PostgresServer.StopMode.immediate, .kill])
    func crashDuring(mode: PostgresServer.StopMode) async throws {
        try await withOwnPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            // More than the server can make durable before it is stopped.
            let commits = (0..<800).map { _ in writer.next(5) }
            let appendings = commits.map { log.startAppending($0, as: $0.header.epoch) }
            try await appendings[0].outcome()
            try await database.server.stop(mode)
            var codes: [LogError.Code?] = []
            for appending in appendings {
                codes.append(await code { try await appending.outcome() })
            }
            try await database.server.launch()
            let answered = codes.prefix { $0 == nil }.count
            let unknown = codes.dropFirst(answered).prefix { $0 == .outcomeUnknown }.count
            // Those that were still waiting to be sent did not happen, and say so.
            #expect(codes.dropFirst(answered + unknown).allSatisfy { $0 == .unavailable })
            #expect(answered >= 1)
            // Without a postmaster a busy session runs until it is idle.
            if mode == .immediate { #expect(answered < commits.count) }
            let stored = try await log.commits(after: .start, entriesMax: .max)
            #expect((answered...(answered + unknown)).contains(stored.count))
            #expect(stored == Array(commits.prefix(stored.count)))
            // The log shows which; from there the next writer continues.
            var history = HistoryTree()
            for commit in stored { history.append(commit.hash) }
            var next = try Writer(after: try await log.takeOver(from: Epoch(1)), history)
            try await log.append(next.next())
            await log.close()
        }
    }

    @Test("When a session is ended under an append, its outcome is unknown and the log tells")
    func endedSession() async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commit = writer.next(3)
            // Another session holds the head, so the append waits.
            let holding = "BEGIN; SELECT epoch FROM head FOR UPDATE; SELECT pg_sleep(600); COMMIT"
            let holder = Task { try? await database.run(holding) }
            let holders = "FROM pg_stat_activity WHERE query LIKE '%pg_sleep(6%' AND "
                + "wait_event = 'PgSleep' AND datname = current_database()"
            try await database.wait(for: "1", from: "SELECT count(*) \(holders)")
            let appending = log.startAppending(commit, as: commit.header.epoch)
            try await terminateWaiting(database)
            #expect(await code { try await appending.outcome() } == .outcomeUnknown)
            try await database.run("SELECT pg_terminate_backend(pid, 5000) \(holders)")
            _ = await holder.value
            #expect(try await log.head().position == .start)
            try await log.append(commit)
            await log.close()
        }
    }

    private func terminateWaiting(_ database: PostgresDatabase) async throws {
        try await database.wait(
            for: "t",
            from: """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE wait_event_type = 'Lock' AND application_name LIKE 'giro/%'
                    AND datname = current_database()
                """)
    }

    @Test("Behind another session's lock calls time out, nothing changes, and the log continues")
    func locked() async throws {
        try await withPostgres { database in
            var options = database.options
            options.lockTimeout = .milliseconds(200)
            let log = try await PostgresEventLog.open(options)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let first = writer.next(3)
            try await log.append(first)
            let commits = [writer.next(2), writer.next(2)]
            try await database.whileLocked("head") {
                let appendings = commits.map { log.startAppending($0, as: $0.header.epoch) }
                for appending in appendings {
                    #expect(await code { try await appending.outcome() } == .unavailable)
                }
                #expect(await code { _ = try await log.head() } == .unavailable)
                #expect(await code { _ = try await log.takeOver(from: Epoch(1)) } == .unavailable)
            }
            try await database.whileLocked("\"commit\"") {
                let append = await code { try await log.append(commits[0]) }
                let read = await code { _ = try await log.commits(after: .start, entriesMax: 9) }
                #expect(append == .unavailable && read == .unavailable)
            }
            #expect(try await log.commits(after: .start, entriesMax: 100) == [first])
            for commit in commits { try await log.append(commit) }
            #expect(try await log.head() == writer.head)
            await log.close()
        }
    }

    /// What each part of the append's one statement does.
    static let parts = [
        "BEFORE UPDATE ON head", "BEFORE INSERT ON \"commit\"", "AFTER INSERT ON \"commit\"",
        "BEFORE INSERT ON saga_entry", "AFTER INSERT ON saga_entry",
    ]

    @Test("Whichever part of an append fails, nothing has changed", arguments: parts)
    func failingPart(part: String) async throws {
        try await withPostgres { database in
            let log = try await PostgresEventLog.open(database.options)
            var writer = try Writer()
            let first = writer.next(2)
            try await log.append(first)
            let head = writer.head
            let second = writer.next(3)
            let third = writer.next(3)
            try await database.run(
                """
                CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION ''as the test asks''; END';
                CREATE TRIGGER failure \(part) FOR EACH ROW EXECUTE FUNCTION fail()
                """)
            let appendings = [second, third].map { log.startAppending($0, as: Epoch(0)) }
            // A trigger that fails is no damage.
            #expect(await code { try await appendings[0].outcome() } == .unavailable)
            // Behind the failed one the head is not where this begins; with the trigger on the head
            // nothing matches either, so the trigger does not run.
            #expect(await code { try await appendings[1].outcome() } == .conflict)
            #expect(try await log.head() == head)
            #expect(try await log.commits(after: .start, entriesMax: 100) == [first])

            try await database.run(
                "DROP TRIGGER failure ON \(part.split(separator: " ").last ?? "")")
            for commit in [second, third] { try await log.append(commit) }
            #expect(try await log.commits(after: .start, entriesMax: 100) == [first, second, third])
            await log.close()
        }
    }

    @Test(
        "When the disk is full nothing has changed, and the log continues once there is room",
        .enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func diskFull() async throws {
        try await withSmallDisk { folder in
            try await withOwnPostgres(
                settings: ["max_wal_size": "'64MB'", "min_wal_size": "'32MB'"], in: folder
            ) { database in
                let log = try await PostgresEventLog.open(database.options)
                var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
                try await log.append(writer.next(3))
                let ballast = folder + "/ballast"
                try await fill(ballast)
                var failure: LogError.Code?
                var last = writer
                while failure == nil {
                    last = writer
                    let kept = (0..<CommitLimits.partsBytesMax).map { _ in
                        UInt8.random(in: 0...255)
                    }
                    let commit = writer.next([(nil, kept), (nil, kept)])
                    failure = await code { try await log.append(commit) }
                }
                #expect(failure == .unavailable || failure == .outcomeUnknown)
                try FileManager.default.removeItem(atPath: ballast)
                try await waitForServer(database)
                // Where the answer was lost the commit may be there or not; the log tells, and goes
                // on from there.
                let ends = failure == .outcomeUnknown ? [last, writer] : [last]
                let head = try await log.head()
                var next = try #require(ends.first { $0.head == head })
                try await log.append(next.next())
                #expect(try await log.head() == next.head)
                await log.close()
            }
        }
    }

    /// After a crash its caches are gone, and a connection that cannot write them is refused with
    /// an error without a specific code.
    @Test(
        "A disk that is full when the server comes back is no damaged log",
        .enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func startsOnFullDisk() async throws {
        try await withSmallDisk { folder in
            try await withOwnPostgres(
                settings: ["max_wal_size": "'64MB'", "min_wal_size": "'32MB'"], in: folder
            ) { database in
                let log = try await PostgresEventLog.open(database.options)
                var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
                try await log.append(writer.next(3))
                try await database.server.stop(.kill)
                try await database.server.launch()
                let ballast = folder + "/ballast"
                try await fill(ballast, leaving: 0)
                #expect(await code { _ = try await log.head() } == .unavailable)
                #expect(
                    await code { _ = try await PostgresEventLog.open(database.options) }
                        == .unavailable)
                try FileManager.default.removeItem(atPath: ballast)
                try await waitForServer(database)
                #expect(try await log.head() == writer.head)
                await log.close()
            }
        }
    }

    /// PostgreSQL ends itself where the write-ahead log finds no room; this starts it again.
    private func waitForServer(_ database: PostgresDatabase) async throws {
        do {
            try await database.run("SELECT 1")
        } catch {
            try await database.server.stop(.immediate)
            try await database.server.launch()
        }
    }
}
