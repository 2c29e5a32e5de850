import LibPQ
import TestServers
import TestTags
import Testing

@Suite(.tags(.postgres)) struct FailureTests {
    private let sleep = Statement("sleep", "SELECT pg_sleep(60)")

    /// Waits until the server runs a statement that sleeps.
    private func waitForSleep(_ server: PostgresServer) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while .now < deadline {
            let count = try await server.run(
                sql: """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()
                    """)
            if count != "0" { return }
        }
        Issue.record("the statement never ran")
    }

    @Test(
        "A server that goes during a statement leaves its outcome unknown",
        arguments: [PostgresServer.StopMode.fast, .immediate, .kill])
    func serverGone(mode: PostgresServer.StopMode) async throws {
        let server = try await PostgresServer.start()
        let connection = try await Connection.open(ConnectionOptions(server.connectionString()))
        async let running = code { [sleep] in _ = try await connection.query(sleep) }
        try await waitForSleep(server)
        try await server.stop(mode)
        #expect(await running == .outcomeUnknown)
        #expect(await code { _ = try await connection.query(sleep) } == .connectionLost)
        #expect(!connection.isUsable)
        let options = ConnectionOptions(server.connectionString())
        #expect(await code { _ = try await Connection.open(options) } == .unreachable)
        try await server.launch()
        await (try Connection.open(options)).close()
        try await server.remove()
    }

    @Test("A session ended by an administrator leaves the outcome unknown")
    func terminated() async throws {
        try await withDatabase { server, options in
            let connection = try await Connection.open(options)
            async let running = code { [sleep] in _ = try await connection.query(sleep) }
            try await waitForSleep(server)
            try await server.run(
                sql: """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()
                    """)
            #expect(await running == .outcomeUnknown)
            #expect(await code { _ = try await connection.query(sleep) } == .connectionLost)
        }
    }

    @Test("Aborting ends a statement that hangs")
    func aborting() async throws {
        try await withDatabase { server, options in
            let connection = try await Connection.open(options)
            async let running = code { [sleep] in _ = try await connection.query(sleep) }
            try await waitForSleep(server)
            await connection.abort()
            #expect(await running == .outcomeUnknown)
            #expect(await code { _ = try await connection.query(sleep) } == .closed)
            try await server.run(
                sql: """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()
                    """)
        }
    }

    @Test("A refused login says why, by SQLSTATE, and never the password")
    func refusedLogin() async throws {
        let server = try await PostgresServer.shared.value
        let wrong = ConnectionOptions(server.connectionString(password: "hunter2"))
        let error = await #expect(throws: PostgresError.self) {
            _ = try await Connection.open(wrong)
        }
        #expect(error?.code == .server(.invalidPassword))
        #expect(error?.message.contains("password authentication failed") == true)
        #expect(error.map { String(reflecting: $0).contains("hunter2") } == false)
        #expect(error?.isRetryable == false)

        let missing = ConnectionOptions(server.connectionString(database: "nowhere"))
        let second = await #expect(throws: PostgresError.self) {
            _ = try await Connection.open(missing)
        }
        #expect(second?.code == .server(.undefinedDatabase))
        #expect(second?.message.contains("\"nowhere\" does not exist") == true)
    }

    @Test("A host that refuses, and one that is silent, are unreachable")
    func unreachable() async throws {
        let port = try freePort()
        let refusing = ConnectionOptions("host=127.0.0.1 port=\(port) user=x dbname=x")
        let error = await #expect(throws: PostgresError.self) {
            _ = try await Connection.open(refusing)
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("Connection refused") == true)

        try await withSilentListener { port in
            let silent = ConnectionOptions(
                "host=127.0.0.1 port=\(port) user=x dbname=x", connectTimeout: .milliseconds(200))
            let started = ContinuousClock.now
            #expect(await code { _ = try await Connection.open(silent) } == .unreachable)
            #expect(.now - started < .seconds(5))
        }
    }

    @Test("A string that libpq cannot read is refused")
    func malformedString() async throws {
        let options = ConnectionOptions("host=127.0.0.1 nonsense=1")
        #expect(await code { _ = try await Connection.open(options) } == .unreachable)
    }

    @Test("A server found unfit is not used")
    func admission() async throws {
        try await withDatabase { _, options in
            var options = options
            options.sessionScript = "SET search_path = pg_catalog; SET synchronous_commit = on"
            options.admission = .init("SELECT current_setting('search_path')") { rows in
                try rows[0].value(0) == "pg_catalog" ? nil : "no"
            }
            await (try Connection.open(options)).close()
            options.admission = .init("SELECT 1") { _ in "It is not fit." }
            let unfit = options
            #expect(await code { _ = try await Connection.open(unfit) } == .unsuitable)
            options.sessionScript = "SET nothing = 1"
            let malformed = options
            #expect(await code { _ = try await Connection.open(malformed) } == .server("42704"))
        }
    }

    @Test("Connections that are forgotten, closed or refused leave no session and no descriptor")
    func noLeak() async throws {
        try await withDatabase { server, options in
            func cycle() async throws {
                let connection = try await Connection.open(options)
                _ = try await connection.query(Statement("one", "SELECT 1"))
                await connection.close()
                var wrong = options
                wrong.connectionString += " password=wrong"
                _ = try? await Connection.open(wrong)
                _ = try await Connection.open(options)
            }
            try await cycle()
            let before = try openDescriptors()
            for _ in 0..<20 { try await cycle() }
            let deadline = ContinuousClock.now + .seconds(10)
            while try openDescriptors() > before, .now < deadline { await Task.yield() }
            #expect(try openDescriptors() <= before)
            let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'giro'"
            while try await server.run(sql: sessions) != "0", .now < deadline {}
            #expect(try await server.run(sql: sessions) == "0")
        }
    }
}
