import ChildProcess
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A pooler before a PostgreSQL server, in a private folder on a free port of 127.0.0.1.
///
/// It ends with the test process.
public final class PgBouncer: Sendable {
    public enum PoolMode: String, Sendable, CaseIterable {
        case session, transaction, statement
    }

    public let port: UInt16
    private let folder: String
    private let keeper = Keeper()

    /// Starts a pooler and returns when it takes connections.
    ///
    /// - Parameters:
    ///   - roles: Who may log in, with their passwords.
    ///   - settings: Lines of its configuration, by name.
    public static func start(
        before server: PostgresServer, _ mode: PoolMode, roles: [String: String],
        settings: [String: String] = [:]
    ) async throws -> PgBouncer {
        let pooler = try PgBouncer()
        let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        try pooler.write(
            "pgbouncer.ini",
            """
            [databases]
            * = host=127.0.0.1 port=\(server.port)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(pooler.port)
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = \(pooler.folder)/users
            pool_mode = \(mode.rawValue)
            \(lines.joined(separator: "\n"))

            """)
        let users = roles.map { name, password in
            "\"\(name)\" \"\(password.replacing("\"", with: "\"\""))\"\n"
        }
        try pooler.write("users", users.joined())
        try await pooler.launch()
        return pooler
    }

    private init() throws {
        port = try freePort()
        folder = "/tmp/giro-pooler-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ file: String, _ text: String) throws {
        try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
    }

    private func launch() async throws {
        let program = "/usr/sbin/pgbouncer"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw TestServerError(
                "There is no \(program): install the package pgbouncer, as "
                    + "deploy/install --tests does.")
        }
        // It refuses to run as root.
        let command = (geteuid() == 0
            ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : [])
            + ["--pdeathsig", "KILL", program, "\(folder)/pgbouncer.ini"]
        let log = folder + "/log"
        keeper.set(
            try await onLastingThread {
                try startProcess("/usr/bin/setpriv", command, output: log, errors: log)
            })
        let deadline = ContinuousClock.now + .seconds(20)
        while !isListening(on: port) {
            guard keeper.process?.isRunning == true, .now < deadline else {
                let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw TestServerError("pgbouncer does not listen: \(said.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// A connection string of `server`'s, led through this pooler.
    public func through(_ connectionString: String, of server: PostgresServer) -> String {
        connectionString.replacing("port=\(server.port)", with: "port=\(port)")
    }

    /// Ends it and removes its folder.
    public func stop() async throws {
        keeper.process?.send(SIGKILL)
        _ = await keeper.process?.end()
        try FileManager.default.removeItem(atPath: folder)
    }
}

/// Runs `body` with a pooler that is stopped afterwards.
public func withPooler(
    before server: PostgresServer, _ mode: PgBouncer.PoolMode, roles: [String: String],
    settings: [String: String] = [:], _ body: (PgBouncer) async throws -> Void
) async throws {
    let pooler = try await PgBouncer.start(
        before: server, mode, roles: roles, settings: settings)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(pooler))
    } catch {
        result = .failure(error)
    }
    try await pooler.stop()
    try result.get()
}
