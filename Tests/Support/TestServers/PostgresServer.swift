import ChildProcess
public import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A private PostgreSQL cluster with its own folder and port, `fsync` on.
///
/// A shell keeps it: when the test process ends, however it ends, the shell stops the server and
/// removes the folder. Administrator is `postgres`, over the Unix socket without a password.
public final class PostgresServer: Sendable {
    /// Of `postgres`, over TCP.
    public static let password = "correct horse"

    /// Which of PostgreSQL's releases.
    public enum Version: String, CaseIterable, Sendable {
        /// Debian's.
        case v15
        /// The first in which the maker of a role is not free to become it.
        case v16
        case v18
    }

    public let port: Int
    public let folder: String
    private let version: Version
    private let keeper: Keeper

    /// One for all tests of the process; each makes its own databases there.
    public static let shared = Task { try await PostgresServer.start() }

    private init(port: Int, folder: String, version: Version) {
        self.port = port
        self.folder = folder
        self.version = version
        keeper = Keeper()
    }

    /// Starts a new cluster and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - settings: Lines of `postgresql.conf`, by name.
    ///   - certificate: The server's certificate and key, PEM files; with them it speaks TLS.
    ///   - parent: Where the folder is made; it must be writable for everybody.
    public static func start(
        settings: [String: String] = [:], certificate: (file: String, key: String)? = nil,
        in parent: String = "/tmp", version: Version = .v15
    ) async throws -> PostgresServer {
        let server = PostgresServer(
            port: Int(try freePort()), folder: parent + "/giro-pg-\(UUID().uuidString.prefix(8))",
            version: version)
        try server.makeFolder(certificate)
        try await server.initialize()
        var lines = [
            "listen_addresses = '127.0.0.1'", "port = \(server.port)", "fsync = on",
            "unix_socket_directories = '\(server.folder)'", "max_connections = 60",
            "logging_collector = off", "shared_buffers = 32MB",
            "password_encryption = scram-sha-256",
        ]
        if certificate != nil {
            lines += [
                "ssl = on", "ssl_cert_file = '\(server.folder)/server.crt'",
                "ssl_key_file = '\(server.folder)/server.key'",
            ]
        }
        lines += settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        try server.append(lines, to: "postgresql.conf")
        try await server.launch()
        return server
    }

    /// libpq's words for reaching `database` over TCP.
    public func connectionString(
        database: String = "postgres", user: String = "postgres", password: String = password
    ) -> String {
        """
        host=127.0.0.1 port=\(port) dbname=\(database) user=\(user) password='\(password)' \
        sslmode=prefer
        """
    }

    /// A new database; `name` must be a plain lower-case word.
    public func makeDatabase(
        _ name: String = "test_" + UUID().uuidString.prefix(8).lowercased()
    ) async throws -> String {
        try await run(sql: "CREATE DATABASE \(name)")
        return name
    }

    /// Runs `sql` as the administrator with `psql`, apart from any binding of ours.
    ///
    /// - Returns: What it prints, unaligned and without headers.
    /// - Throws: ``TestServerError`` with `psql`'s words, the SQLSTATE among them.
    @discardableResult public func run(
        sql: String, database: String = "postgres"
    ) async throws -> String {
        let output = folder + ".psql-\(UUID().uuidString)"
        defer {
            try? FileManager.default.removeItem(atPath: output)
            try? FileManager.default.removeItem(atPath: output + ".errors")
        }
        let psql = try startProcess(
            try Self.program("psql"),
            [
                "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose",
                "-h", folder, "-p", "\(port)", "-U", "postgres", "-d", database, "-c", sql,
            ],
            output: output, errors: output + ".errors")
        let code = await psql.end()
        let errors = (try? String(contentsOfFile: output + ".errors", encoding: .utf8)) ?? ""
        guard code == 0 else { throw TestServerError("psql: \(errors)") }
        return try String(contentsOfFile: output, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Ends the server (`pg_ctl`'s modes) and waits until it is gone; its folder stays.
    public func stop(_ mode: StopMode = .fast) async throws {
        guard let process = keeper.process else { return }
        if mode == .kill {
            kill(try postmasterID(), SIGKILL)
        } else {
            process.send(mode == .fast ? SIGUSR1 : SIGUSR2)
        }
        _ = await process.end()
        keeper.set(nil)
    }

    /// Starts the server again on the folder it had, and waits until it takes connections.
    public func launch() async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        // A server that was killed leaves its file behind, and for a moment its children, who
        // hold the shared memory: then the new one ends at once, and is started again.
        let formerID = postmasterLines.first
        var formerLog = 0
        var said: String { String(decoding: log.utf8.dropFirst(formerLog), as: UTF8.self) }
        repeat {
            formerLog = log.utf8.count
            try await launchOnce()
            while keeper.process?.isRunning == true, .now < deadline {
                let lines = postmasterLines
                let isReady = lines.count >= 8 && ["ready", "stand"].contains(lines[7].prefix(5))
                if isReady && lines.first != formerID { return }
                try await Task.sleep(for: .milliseconds(10))
            }
        } while .now < deadline && said.contains("shared memory block")
        throw TestServerError("PostgreSQL did not start: \(log.suffix(2000))")
    }

    public func restart(_ mode: StopMode = .fast) async throws {
        try await stop(mode)
        try await launch()
    }

    /// Whether its process is there; it also ends by itself, as when its disk is full.
    public var isRunning: Bool { keeper.process?.isRunning ?? false }

    /// Pauses all of its processes.
    ///
    /// - Returns: What has to be given to ``resume(_:)``.
    public func pause() throws -> [pid_t] {
        let postmaster = try postmasterID()
        kill(postmaster, SIGSTOP)
        // It is paused, so there will be no more of them.
        let all = [postmaster] + Self.children(of: postmaster)
        for process in all { kill(process, SIGSTOP) }
        return all
    }

    public func resume(_ processes: [pid_t]) {
        for process in processes.reversed() { kill(process, SIGCONT) }
    }

    private static func children(of parent: pid_t) -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { id in
            let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
            // The name stands in parentheses and may hold anything; state and parent follow.
            let fields = stat?.split(separator: ")").last?.split(separator: " ")
            return fields.map { $0.count > 1 && pid_t($0[1]) == parent } ?? false
        }
    }

    /// Stops the server and removes its folder.
    public func remove() async throws {
        try await stop(.immediate)
        try FileManager.default.removeItem(atPath: folder)
    }

    public enum StopMode: Sendable {
        /// Ends connections, then writes a checkpoint.
        case fast
        /// As after a crash: recovery at the next start.
        case immediate
        /// SIGKILL to the postmaster.
        case kill
    }

    /// The newest lines of the server's log.
    public var log: String {
        (try? String(contentsOfFile: folder + "/server.log", encoding: .utf8)) ?? ""
    }
}

extension PostgresServer {
    /// Of the server's own release.
    private func ownProgram(_ name: String) throws -> String {
        version == .v15 ? try Self.program(name) : try TestTools.postgres(version, name)
    }

    static func program(_ name: String) throws -> String {
        let path = "/usr/lib/postgresql/15/bin/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestServerError(
                """
                There is no \(path): install Debian's package postgresql-15, as \
                deploy/install --tests does.
                """)
        }
        return path
    }

    /// The server refuses to run as root.
    private static var privileges: [String] {
        geteuid() == 0
            ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    }

    private func makeFolder(_ certificate: (file: String, key: String)?) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.password.write(
            toFile: folder + "/password", atomically: true, encoding: .utf8)
        if let certificate {
            try files.copyItem(atPath: certificate.file, toPath: folder + "/server.crt")
            try files.copyItem(atPath: certificate.key, toPath: folder + "/server.key")
        }
        guard geteuid() == 0, let account = getpwnam("postgres") else { return }
        let (user, group) = (account.pointee.pw_uid, account.pointee.pw_gid)
        for path in [""] + (try files.contentsOfDirectory(atPath: folder)) {
            chown(folder + "/" + path, user, group)
            if path.hasSuffix(".key") { chmod(folder + "/" + path, 0o600) }
        }
    }

    private func initialize() async throws {
        let program = try ownProgram("initdb")
        // As with the server: when the test process ends meanwhile, nothing is left.
        let script = """
            trap 'gone=1; kill -TERM $work' TERM
            folder=$1; shift
            "$@" & work=$!
            wait $work; code=$?
            while kill -0 $work 2>/dev/null; do wait $work; code=$?; done
            [ -z "$gone" ] || rm -rf "$folder"
            exit $code
            """
        let initdb = try await onLastingThread { [folder] in
            try startProcess(
                "/usr/bin/setpriv",
                Self.privileges + [
                    "--pdeathsig", "TERM", "/bin/bash", "-c", script, "bash", folder, program,
                    "-D", folder + "/data", "-U", "postgres", "-N", "--auth-local=trust",
                    "--auth-host=scram-sha-256", "--pwfile=\(folder)/password",
                    "--encoding=UTF8", "--locale=C", "--no-instructions",
                ],
                output: folder + "/initdb.log", errors: folder + "/initdb.log")
        }
        guard await initdb.end() == 0 else {
            let log = try? String(contentsOfFile: folder + "/initdb.log", encoding: .utf8)
            throw TestServerError("initdb: \(log ?? "")")
        }
    }

    /// Adds lines to one of the server's files, which keeps its owner.
    public func append(_ lines: [String], to file: String) throws {
        guard let handle = FileHandle(forUpdatingAtPath: "\(folder)/data/\(file)") else {
            throw TestServerError("There is no \(file).")
        }
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((lines + [""]).joined(separator: "\n").utf8))
    }

    private func launchOnce() async throws {
        let server = try ownProgram("postgres")
        // TERM, which also comes when the test process ends, removes the folder. The shell is bash,
        // because dash may hang once a trap has interrupted its `wait`.
        let script = """
            trap 'gone=1; kill -INT $server' TERM
            trap 'kill -INT $server' USR1
            trap 'kill -QUIT $server' USR2
            cd /
            "$1" -D "$2/data" & server=$!
            while kill -0 $server 2>/dev/null; do wait $server; done
            [ -z "$gone" ] || rm -rf "$2"
            """
        let log = folder + "/server.log"
        keeper.set(
            try await onLastingThread { [folder] in
                try startProcess(
                    "/usr/bin/setpriv",
                    Self.privileges + [
                        "--pdeathsig", "TERM", "/bin/bash", "-c", script, "bash", server, folder,
                    ],
                    output: log, errors: log)
            })
    }

    private var postmasterLines: [Substring] {
        let text = try? String(contentsOfFile: folder + "/data/postmaster.pid", encoding: .utf8)
        return (text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The process that listens; the keeper is its parent.
    private func postmasterID() throws -> pid_t {
        guard let id = postmasterLines.first.flatMap({ pid_t($0) }) else {
            throw TestServerError("PostgreSQL is not running.")
        }
        return id
    }
}
