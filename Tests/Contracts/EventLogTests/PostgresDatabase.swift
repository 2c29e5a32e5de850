import Chain
import EventLogPostgres
import TestServers
import Testing

/// A database with a new log, on a server for tests.
struct PostgresDatabase: Sendable {
    static let roles = PostgresLogRoles(
        owner: "giro_owner", node: "giro_node", nodePassword: "a node's secret")

    let server: PostgresServer
    let name: String

    /// As the node's role, in this process.
    var options: PostgresLogOptions {
        var options = PostgresLogOptions(
            server.connectionString(
                database: name, user: Self.roles.node, password: "a node\\'s secret"))
        options.readersMax = 3
        return options
    }

    /// As a node in another process would name itself.
    var otherProcess: PostgresLogOptions {
        var options = options
        options.processToken = ProcessToken()
        return options
    }

    var administrator: PostgresLogOptions {
        PostgresLogOptions(server.connectionString(database: name))
    }

    init(on server: PostgresServer) async throws {
        self.server = server
        name = try await server.makeDatabase()
        try await PostgresEventLog.initialize(administrator, roles: Self.roles)
    }

    @discardableResult func run(_ sql: String) async throws -> String {
        try await server.run(sql: "SET search_path = giro; " + sql, database: name)
    }

    /// Waits until the administrator's `sql` prints `expected`.
    func wait(for expected: String, from sql: String) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await run(sql) != expected {
            guard .now < deadline else {
                Issue.record("\(sql) is not \(expected)")
                return
            }
        }
    }

    /// Runs `body` while an administrator's transaction has `tables` for itself.
    func whileLocked(_ tables: String, _ body: () async throws -> Void) async throws {
        let name = "locker of \(tables)"
        let locker = Task {
            try? await run(
                """
                SET application_name = '\(name)';
                BEGIN; LOCK TABLE \(tables); SELECT pg_sleep(600); COMMIT
                """)
        }
        let session = """
            FROM pg_stat_activity WHERE application_name = '\(name)'
                AND datname = current_database()
            """
        try await wait(
            for: "1", from: "SELECT count(*) \(session) AND wait_event = 'PgSleep'")
        try await body()
        try await run("SELECT pg_terminate_backend(pid, 5000) \(session)")
        _ = await locker.value
    }

    /// The sessions of processes that wait for a lock.
    static let waiting = sessions + " AND wait_event_type = 'Lock'"

    /// The sessions of this database's connections, all processes together.
    static let sessions = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'giro/%'
        """
}

/// Runs `body` with a new log in its own database, on the server that tests share.
func withPostgres(_ body: (PostgresDatabase) async throws -> Void) async throws {
    let server = try await PostgresServer.shared.value
    let database = try await PostgresDatabase(on: server)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(database))
    } catch {
        result = .failure(error)
    }
    try await server.run(sql: "DROP DATABASE \(database.name) WITH (FORCE)")
    try result.get()
}

/// Runs `body` with a new log on its own server, which it may stop and break.
func withOwnPostgres(
    settings: [String: String] = [:], in parent: String = "/tmp",
    _ body: (PostgresDatabase) async throws -> Void
) async throws {
    let server = try await PostgresServer.start(settings: settings, in: parent)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(try await PostgresDatabase(on: server)))
    } catch {
        result = .failure(error)
    }
    try await server.remove()
    try result.get()
}
