import LibPQ
import TestServers
import TestTags
import Testing

@Suite(.tags(.postgres)) struct PoolTests {
    private let slow = Statement("slow", "SELECT pg_sleep(0.05), pg_backend_pid()")
    private let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'giro'"

    @Test("No more connections than the bound; the others wait their turn")
    func bound() async throws {
        try await withDatabase { _, options in
            let pool = ConnectionPool(options, connectionsMax: 2)
            let servers = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<12 {
                    group.addTask { [slow] in try await pool.query(slow)[0].value(1) }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect((1...2).contains(servers.count))
            await pool.close()
        }
    }

    @Test("The waiting line is bounded, and who waits may be cancelled")
    func waitingLine() async throws {
        try await withDatabase { _, options in
            let pool = ConnectionPool(options, connectionsMax: 1, waitingMax: 1)
            let slow = slow
            try await pool.withConnection { _ in
                let waiting = Task { await code { _ = try await pool.query(slow) } }
                // One of these two waits, the other is refused.
                let other = Task { await code { _ = try await pool.query(slow) } }
                let first = await withTaskGroup(of: PostgresError.Code?.self) { group in
                    group.addTask { await waiting.value }
                    group.addTask { await other.value }
                    let first = await group.next()
                    waiting.cancel()
                    other.cancel()
                    return [first ?? nil, await group.next() ?? nil]
                }
                #expect(first == [.overloaded, .cancelled])
            }
            _ = try await pool.query(slow)
            await pool.close()
            #expect(await code { _ = try await pool.query(slow) } == .closed)
        }
    }

    @Test("A broken connection is replaced, and a failed attempt gives its place back")
    func recovery() async throws {
        let server = try await PostgresServer.start()
        let pool = ConnectionPool(ConnectionOptions(server.connectionString()), connectionsMax: 1)
        _ = try await pool.query(slow)
        try await server.stop(.immediate)
        for _ in 0..<3 {
            let failure = await code { [slow] in _ = try await pool.query(slow) }
            #expect(failure == .unreachable || failure == .connectionLost)
        }
        try await server.launch()
        _ = try await pool.query(slow)
        await pool.close()
        try await server.remove()
    }

    @Test("A cancelled read stops at the server, and its connection is not used again")
    func cancellation() async throws {
        try await withDatabase { server, options in
            let pool = ConnectionPool(options, connectionsMax: 1)
            let reading = Task {
                await code { _ = try await pool.query(Statement("long", "SELECT pg_sleep(600)")) }
            }
            let running = """
                SELECT count(*) FROM pg_stat_activity
                WHERE query LIKE '%pg_sleep(600)%' AND state = 'active'
                    AND pid <> pg_backend_pid()
                """
            try await wait(for: "1", from: running, on: server)
            reading.cancel()
            #expect(await reading.value == .cancelled)
            try await wait(for: "0", from: running, on: server)
            for _ in 0..<5 { _ = try await pool.query(slow) }
            await pool.close()
            try await wait(for: "0", from: sessions, on: server)
        }
    }

    @Test("A cancelled write runs to its end, and its caller learns the outcome")
    func writesGoOn() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE item (number int8)")
            let writing = Task {
                try await connection.query(
                    Statement("w", "INSERT INTO item SELECT 1 FROM pg_sleep(0.2)")
                ).affectedCount
            }
            writing.cancel()
            #expect(try await writing.value == 1)
        }
    }

    private func wait(
        for expected: String, from sql: String, on server: PostgresServer
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await server.run(sql: sql) != expected {
            guard .now < deadline else {
                Issue.record("\(sql) is not \(expected)")
                return
            }
        }
    }
}
