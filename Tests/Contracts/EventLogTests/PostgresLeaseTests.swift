import Chain
import EventLog
import EventLogPostgres
import Saga
import TestServers
import TestTags
import Testing

@Suite(.tags(.postgres), .onlyInFullRuns) struct PostgresLeaseTests {
    @Test("Of two rivals one has the lease; it becomes free when the holder is gone")
    func rivals() async throws {
        try await withPostgres { database in
            let first = PostgresLease(database.options)
            let second = PostgresLease(database.otherProcess)
            try await expect(first, isTaken: true)
            try await expect(first, isTaken: true)
            try await expect(second, isTaken: false)
            await first.close()
            try await expect(second, isTaken: true)
            #expect(await code { _ = try await first.take() } == .closed)
            await second.close()
        }
    }

    @Test("The lease is free when the holder's connection has died")
    func dying() async throws {
        try await withPostgres { database in
            let first = PostgresLease(database.options)
            let second = PostgresLease(database.otherProcess)
            try await expect(first, isTaken: true)
            try await database.run(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE application_name = '\(database.options.processToken.applicationName)'
                    AND datname = current_database()
                """)
            try await expect(second, isTaken: true)
            // The former holder comes back on another connection, and finds the lease taken.
            try await expect(first, isTaken: false)
            await first.close()
            await second.close()
        }
    }

    @Test("Clearing ends only the holder's sessions, including those to the log")
    func clearing() async throws {
        try await withPostgres { database in
            let (ours, theirs) = (database.otherProcess, database.otherProcess)
            let (lease, rival) = (PostgresLease(ours), PostgresLease(theirs))
            let log = try await PostgresEventLog.open(ours)
            let standby = try await PostgresEventLog.open(theirs)
            _ = try await log.takeOver(from: Epoch(0))
            try await expect(lease, isTaken: true)
            try await rival.clear()
            try await expect(rival, isTaken: true)
            let sessions = "\(PostgresDatabase.sessions) AND application_name = "
            #expect(
                try await database.run(sessions + "'\(ours.processToken.applicationName)'") == "0")
            #expect(
                try await database.run(sessions + "'\(theirs.processToken.applicationName)'")
                    != "0")
            #expect(try await standby.takeOver(from: Epoch(1)).epoch == Epoch(2))
            // The cleared holder connects again, and its append is fenced.
            let believed = Head(position: .start, commitHash: .zero, epoch: Epoch(1))
            var former = try Writer(after: believed)
            #expect(await code { try await log.append(former.next()) } == .fenced)
            try await expect(lease, isTaken: false)
            for lease in [lease, rival] { await lease.close() }
            for log in [log, standby] { await log.close() }
        }
    }

    @Test("Clearing a lease that is free or one's own does nothing")
    func clearingNothing() async throws {
        try await withPostgres { database in
            let lease = PostgresLease(database.options)
            let log = try await PostgresEventLog.open(database.options)
            try await lease.clear()
            try await expect(lease, isTaken: true)
            try await lease.clear()
            try await expect(lease, isTaken: true)
            let rival = PostgresLease(database.otherProcess)
            try await expect(rival, isTaken: false)
            for lease in [lease, rival] { await lease.close() }
            await log.close()
        }
    }

    @Test("Beats count up across holders, and start over after a crash of the server")
    func beating() async throws {
        try await withOwnPostgres { database in
            let first = PostgresLease(database.options)
            let second = PostgresLease(database.otherProcess)
            #expect(try await first.beats() == 0)
            for _ in 0..<3 { try await first.beat() }
            #expect(try await second.beats() == 3)
            try await second.beat()
            #expect(try await first.beats() == 4)
            try await database.server.restart(.immediate)
            let third = PostgresLease(database.options)
            #expect(try await third.beats() == 0)
            try await third.beat()
            #expect(try await third.beats() == 1)
            for lease in [first, second, third] { await lease.close() }
        }
    }
}

/// Tries to take `lease`.
func expect(
    _ lease: PostgresLease, isTaken expected: Bool, location: SourceLocation = #_sourceLocation
) async throws {
    let isTaken = try await lease.take()
    #expect(isTaken == expected, sourceLocation: location)
}
