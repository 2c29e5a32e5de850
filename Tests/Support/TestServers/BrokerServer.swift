import ChildProcess
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A broker that speaks Kafka's protocol, in a private folder on a free port of 127.0.0.1.
///
/// Two independent ones, so that the code is fitted to neither. Both end with the test process.
/// They are third-party programs, so where root runs the tests, the user `nobody` runs them.
/// No broker of Kafka's own can be installed on these machines; releases are checked against it
/// elsewhere.
public final class BrokerServer: Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// Behaves as Kafka; loses its newest acknowledged records when it is killed.
        case noida
        /// Keeps everything in memory; needs librdkafka 2.1.1 or newer.
        case tansu
    }

    public let kind: Kind
    public let port: UInt16
    /// Where it tells clients to connect; not ``port`` where a proxy stands before it.
    public let advertisedPort: UInt16
    private let folder: String
    private let process: Mutex<ChildProcess?> = Mutex(nil)

    /// What clients bootstrap from.
    public var address: String { "127.0.0.1:\(advertisedPort)" }

    /// Starts a broker and returns when it accepts connections.
    ///
    /// - Parameter advertisedPort: Only Tansu can advertise another port than its own.
    public static func start(
        _ kind: Kind, advertisedPort: UInt16? = nil
    ) async throws -> BrokerServer {
        let port = try freePort()
        let server = try BrokerServer(kind, port: port, advertisedPort: advertisedPort ?? port)
        try await server.start()
        return server
    }

    private init(_ kind: Kind, port: UInt16, advertisedPort: UInt16) throws {
        precondition(
            kind == .tansu || port == advertisedPort, "noida advertises the port it listens on")
        self.kind = kind
        self.port = port
        self.advertisedPort = advertisedPort
        folder = FileManager.default.temporaryDirectory.path + "/giro-broker-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        guard geteuid() == 0, let nobody = getpwnam("nobody") else { return }
        chown(folder, nobody.pointee.pw_uid, nobody.pointee.pw_gid)
    }

    /// What takes root's rights from the broker.
    private static var privileges: [String] {
        geteuid() == 0
            ? ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs"] : []
    }

    /// The program, where the user `nobody` can run it too: the repository may be in a folder
    /// that others cannot enter.
    private func program() throws -> String {
        let tool = try TestTools.path(of: kind == .noida ? "bin/noida-db" : "bin/tansu")
        guard geteuid() == 0 else { return tool }
        let copy = folder + "/broker"
        if !FileManager.default.fileExists(atPath: copy) {
            let original = URL(fileURLWithPath: tool).resolvingSymlinksInPath().path
            try FileManager.default.copyItem(atPath: original, toPath: copy)
            chmod(copy, 0o755)
        }
        return copy
    }

    /// Starts it again on its port, with what it has kept.
    public func start() async throws {
        let errors = folder + "/errors"
        let child = try await startServer(
            try program(), arguments, privileges: Self.privileges, output: folder + "/output",
            errors: errors)
        process.withLock { $0 = child }
        let deadline = ContinuousClock.now + .seconds(20)
        while !isListening(on: port) {
            guard child.isRunning, ContinuousClock.now < deadline else {
                let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
                throw TestServerError("\(kind) does not listen on \(port): \(said.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private var arguments: [String] {
        switch kind {
        case .noida:
            [
                "start", "--only", "kafka", "--kafka-port", "\(port)", "--host", "127.0.0.1",
                "--data-dir", folder + "/data",
            ]
        case .tansu:
            [
                "broker", "--cluster-id", "giro", "--listener-url", "tcp://127.0.0.1:\(port)",
                "--advertised-listener-url", "tcp://127.0.0.1:\(advertisedPort)",
                "--storage-engine", "memory://tansu/",
            ]
        }
    }

    /// Ends it as a crash does, and returns when it has ended.
    public func kill() async {
        guard let child = process.withLock({ $0.take() }) else { return }
        child.send(SIGKILL)
        _ = await child.end()
    }

    /// Stops the process until ``resume()``, as behind a network that swallows everything.
    public func pause() { process.withLock { $0?.pause() } }

    public func resume() { process.withLock { $0?.send(SIGCONT) } }

    /// Kills it and starts it on the same port with nothing kept, not even its topics.
    public func wipe() async throws {
        await kill()
        try? FileManager.default.removeItem(atPath: folder + "/data")
        try await start()
    }

    /// Kills it and starts it on the same port with what it has kept.
    public func restart() async throws {
        await kill()
        try await start()
    }

    /// Ends it and removes its folder.
    public func stop() async {
        await kill()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Runs `body` with a broker that is stopped afterwards.
public func withBroker<Value>(
    _ kind: BrokerServer.Kind, advertisedPort: UInt16? = nil,
    _ body: (BrokerServer) async throws -> Value
) async throws -> Value {
    let server = try await BrokerServer.start(kind, advertisedPort: advertisedPort)
    do {
        let value = try await body(server)
        await server.stop()
        return value
    } catch {
        await server.stop()
        throw error
    }
}
