import APIModels
import ChildProcess
import Foundation
import NodeClient
import Synchronization
import TestServers

/// A place where a bank's process runs and is started again whenever it ends, as by an init
/// system, with its own connections to the broker and to the database.
final class Place: Sendable {
    let bank: String
    let index: Int
    let client: NodeClient
    let toBroker: TCPProxy
    let toDatabase: TCPProxy
    /// Everything that its processes have logged.
    let errors: String
    private let arguments: [String]
    private let environment: [String: String]

    private struct State {
        var process: ChildProcess?
        /// It is not started meanwhile.
        var isHeldDown = false
        var isStopping = false
        var exits: [Int32: Int] = [:]
    }

    private let state = Mutex(State())

    /// - Parameter log: What `log.store` is at a port.
    init(
        _ bank: String, index: Int, token: String, directory: String, broker: UInt16,
        database: UInt16, log: (UInt16) -> String
    ) throws {
        self.bank = bank
        self.index = index
        // Noida answers at once that there is nothing new, and the client polls again at once: some
        // milliseconds of latency leave the processor to processes that have work.
        toBroker = try TCPProxy(to: broker, isBrokers: true, latency: .milliseconds(5))
        toDatabase = try TCPProxy(to: database)
        errors = "\(directory)/process-\(index).log"
        let port = try freePort()
        client = NodeClient(.tcp(host: "127.0.0.1", port: Int(port)), token: token)
        arguments = [
            "node", "--directory", directory, "--standby", "--listen", "127.0.0.1:\(port)",
            "--socket", "giro-\(index).sock", bank,
        ]
        environment = [
            "GIRO_STATEMENTS": "statements-\(index).sqlite",
            "GIRO_BUS": "kafka://127.0.0.1:\(toBroker.port)",
            "GIRO_LOG_STORE": log(toDatabase.port),
        ]
    }

    /// Keeps the process running until ``stop()``.
    func supervise() async throws {
        while !state.withLock({ $0.isStopping }) {
            let process = try await onLastingThread { [self] in
                try ChildProcess(
                    "/usr/bin/setpriv", ["--pdeathsig", "KILL", Program.path] + arguments,
                    environment: environment, output: errors, errors: errors)
            }
            state.withLock {
                $0.process = process
                // Told to stop while it was being started.
                if $0.isStopping { process.send(SIGTERM) }
            }
            let code = await process.end()
            state.withLock {
                $0.process = nil
                $0.exits[code, default: 0] += 1
            }
            // As init systems do, so that one that ends at once does not keep the machine busy.
            try await Task.sleep(for: .milliseconds(200))
            while state.withLock({ $0.isHeldDown && !$0.isStopping }) {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// How often its processes ended, by exit code.
    var exits: [Int32: Int] { state.withLock { $0.exits } }

    /// Whether it has its log open: a writer is one also while its bus is broken, which `/readyz`
    /// does not call ready.
    var isReady: Bool {
        get async { (try? await client.node()) != nil }
    }

    /// Ends it as a power cut does; it stays so until ``release()``.
    func kill() {
        let process = state.withLock {
            $0.isHeldDown = true
            return $0.process
        }
        process?.send(SIGKILL)
    }

    func release() { state.withLock { $0.isHeldDown = false } }

    func pause() { state.withLock { $0.process }?.pause() }

    func resume() { state.withLock { $0.process }?.send(SIGCONT) }

    /// Everything works again.
    func heal() {
        for proxy in [toBroker, toDatabase] { proxy.heal() }
        resume()
        release()
    }

    /// Lets its process end in good order.
    func stop() {
        let process = state.withLock {
            $0.isStopping = true
            return $0.process
        }
        process?.send(SIGTERM)
    }

    /// What its processes have ended with that no fault here can be the cause of: that a log is not
    /// what was written, or was rewound.
    var falseAlarms: [String] {
        let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        return said.split(separator: "\n").filter {
            $0.hasPrefix("giro: corrupt") || $0.hasPrefix("giro: rewound")
        }.map { "\(name): \($0)" }
    }

    /// How much it has logged so far.
    var loggedBytes: UInt64 {
        let found = try? FileManager.default.attributesOfItem(atPath: errors)[.size]
        return (found as? NSNumber)?.uint64Value ?? 0
    }

    /// Whether it has logged `words` after the first `bytes` of its log.
    func hasLogged(_ words: String, since bytes: UInt64) -> Bool {
        guard let file = FileHandle(forReadingAtPath: errors) else { return false }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: bytes)) != nil, let said = try? file.readToEnd() else {
            return false
        }
        return String(decoding: said, as: UTF8.self).contains(words)
    }

    /// The newest of what it has logged.
    func tail(_ characters: Int = 1_500) -> String {
        String(((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "").suffix(characters))
    }
}
