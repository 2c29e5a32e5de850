import Chain
import EventLog
import EventLogPostgres
import LibPQ
import Saga
import TestKit
import TestServers
import TestTags
import Testing

/// A log behind a pooler: in session mode, or without sessions.
@Suite(.tags(.postgres), .onlyInFullRuns) struct PoolerTests {
    @Test(
        "A pooler that shares sessions is refused by name in every call, and never as damage",
        arguments: [PgBouncer.PoolMode.transaction, .statement],
        [[:], ["server_round_robin": "1", "min_pool_size": "4"]])
    func shared(mode: PgBouncer.PoolMode, settings: [String: String]) async throws {
        try await withPooled(mode, settings) { database, pooled in
            // Sessions that the pooler has ready, of which it may lend any.
            for _ in 0..<3 {
                for error in await errors(of: pooled) {
                    #expect(error?.code == .unavailable)
                    #expect(error?.message.contains("shares sessions") == true)
                    #expect(error?.message.contains("pool_mode = session") == true)
                    #expect(error?.message.contains("restore") == false)
                    #expect((error?.cause as? PostgresError)?.isRetryable == false)
                }
            }
            let findings = try await ServerFinding.all(at: pooled)
            #expect(findings.map(\.description).contains { $0.contains("shares sessions") })
            #expect(try await database.run("SELECT position, epoch FROM head") == "0|0")
        }
    }

    private func errors(of options: PostgresLogOptions) async -> [LogError?] {
        let lease = PostgresLease(options)
        let errors = [
            await failure { _ = try await PostgresEventLog.open(options) },
            await failure { _ = try await PostgresEventLog.openForReading(options) },
            await failure { _ = try await lease.take() },
        ]
        await lease.close()
        return errors
    }

    @Test("Through a pooler in session mode a log works, and its lease too")
    func own() async throws {
        try await withPooled(.session) { database, pooled in
            let log = try await PostgresEventLog.open(pooled)
            let (lease, rival) = (PostgresLease(pooled), PostgresLease(database.otherProcess))
            try await expect(lease, isTaken: true)
            try await expect(rival, isTaken: false)
            var writer = try Writer(after: try await log.takeOver(from: Epoch(0)))
            let commits = (0..<50).map { _ in writer.next(3) }
            for appending in commits.map({ log.startAppending($0, as: $0.header.epoch) }) {
                try await appending.outcome()
            }
            #expect(try await log.commits(after: .start, entriesMax: .max) == commits)
            await lease.close()
            await log.close()
            // The pooler ends the server's session after it has seen the client's end.
            try await eventually { try await rival.take() ? true : nil }
            await rival.close()
        }
    }

    @Test("A pool that is too small for a log says so")
    func smallPool() async throws {
        try await withPooled(.session, ["default_pool_size": "1"]) { _, pooled in
            var options = pooled
            options.connectTimeout = .milliseconds(700)
            let small = options
            let error = await failure { _ = try await PostgresEventLog.open(small) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("raise its pool's size") == true)
        }
    }

    @Test("A pooler's own error is reported in its words, and not as damage")
    func refusals() async throws {
        try await withPooled(.session) { database, pooled in
            let named = pooled.connectionString
            for (options, words) in [
                (named.replacing("user=giro_node", with: "user=nobody"), "08P01"),
                (named.replacing("dbname=\(database.name)", with: "dbname=nowhere"), "nowhere"),
            ] {
                let error = await failure {
                    _ = try await PostgresEventLog.open(PostgresLogOptions(options))
                }
                #expect(error?.code == .unavailable)
                #expect(error.map { "\($0)".contains(words) } == true, "\(error as Any)")
            }
        }
    }

    private func withPooled(
        _ mode: PgBouncer.PoolMode, _ settings: [String: String] = [:],
        _ body: (PostgresDatabase, PostgresLogOptions) async throws -> Void
    ) async throws {
        try await withPostgres { database in
            let roles = [PostgresDatabase.roles.node: PostgresDatabase.roles.nodePassword ?? ""]
            try await withPooler(
                before: database.server, mode, roles: roles, settings: settings
            ) { pooler in
                var pooled = database.otherProcess
                pooled.connectionString = pooler.through(
                    pooled.connectionString, of: database.server)
                try await body(database, pooled)
            }
        }
    }
}
