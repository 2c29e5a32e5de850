import LibPQ
import TestServers
import TestTags
import Testing

/// A server that runs and does not answer: hung storage, a frozen machine.
@Suite(.tags(.postgres)) struct SilentServerTests {
    private let sleep = Statement("sleep", "SELECT pg_sleep(600)")
    private let sleeping = """
        SELECT count(*) FROM pg_stat_activity
        WHERE query LIKE '%pg_sleep(6%' AND wait_event = 'PgSleep'
        """

    @Test("A cancelled caller stops waiting, and the statement runs on")
    func leaving() async throws {
        try await withDatabase { server, options in
            let connection = try await Connection.open(options)
            try await connection.execute(script: "CREATE TABLE item (number int8)")
            let insert = Statement("insert", "INSERT INTO item SELECT 1 FROM pg_sleep(6)")
            let writing = Task {
                await code { _ = try await connection.query(insert, onCancellation: .leave) }
            }
            try await server.wait(for: "1", from: sleeping)
            writing.cancel()
            #expect(await writing.value == .cancelled)
            #expect(try await server.run(sql: sleeping) == "1")
            // On the same connection, so behind the other.
            let rows = try await connection.query(Statement("count", "SELECT count(*) FROM item"))
            #expect(try rows[0].value(0, as: Int64.self) == 1)
            await connection.close()
        }
    }

    @Test("A silent server blocks no cancelled task, and keeps no connection")
    func silent() async throws {
        let server = try await PostgresServer.start()
        let options = ConnectionOptions(server.connectionString())
        let (reading, left) = (try await Connection.open(options), Connection(options))
        let (closed, pool) = (Connection(options), ConnectionPool(options, connectionsMax: 2))
        let calls: [@Sendable () async throws -> Void] = [
            { [sleep] in _ = try await reading.query(sleep, onCancellation: .cancel) },
            { [sleep] in _ = try await left.query(sleep, onCancellation: .leave) },
            { [sleep] in _ = try await pool.query(sleep) },
            { [sleep] in _ = try await closed.query(sleep) },
            { [sleep] in _ = try await pool.withConnection { try await $0.query(sleep) } },
        ]
        let tasks = calls.map { call in Task { await code { try await call() } } }
        try await server.wait(for: "5", from: sleeping)
        try await server.whileFrozen {
            for task in tasks.prefix(3) {
                task.cancel()
                #expect(await task.value == .cancelled)
            }
            #expect(!reading.isUsable)
            let closing = Task {
                await left.close()
                await closed.close()
                await pool.close()
            }
            closing.cancel()
            await closing.value
            for task in tasks.suffix(2) { #expect(await task.value == .outcomeUnknown) }
        }
        try await server.remove()
    }
}

extension PostgresServer {
    /// Waits until the administrator's `sql` prints `expected`.
    fileprivate func wait(for expected: String, from sql: String) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await run(sql: sql) != expected {
            guard .now < deadline else {
                Issue.record("\(sql) is not \(expected)")
                return
            }
        }
    }
}
