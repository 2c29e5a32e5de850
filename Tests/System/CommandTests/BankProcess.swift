import APIModels
import Foundation
import NodeClient
import Synchronization
import TestKit
import TestServers
import Testing

/// A place where a bank's process runs and may be restarted, with its own TCP port, socket and
/// statements file, on the one log of the bank.
final class BankProcess: Sendable {
    let bank: String
    let port: Int
    /// With an operator's token.
    let client: NodeClient
    private let directory: String
    private let socket: String
    private let statements: String
    private let current = Mutex<Running?>(nil)

    /// - Parameter index: 0 has the socket that the commands of the program use.
    init(_ bank: String, index: Int, token: String, directory: String) throws {
        self.bank = bank
        self.directory = directory
        port = Int(try freePort())
        client = NodeClient(.tcp(host: "127.0.0.1", port: port), token: token)
        socket = index == 0 ? "giro.sock" : "giro-\(index).sock"
        statements = "statements-\(index).sqlite"
    }

    /// Starts it without waiting for anything.
    ///
    /// - Parameters:
    ///   - flags: Of `giro node`, as `--standby`.
    ///   - environment: Variables besides this process's own.
    func start(_ flags: String..., environment: [String: String] = [:]) async throws {
        try #require(current.withLock { $0 == nil }, "\(bank) runs on \(port) already")
        let running = try await Running.tied(
            ["node", "--directory", directory, "--listen", "127.0.0.1:\(port)"]
                + ["--socket", socket] + flags + [bank],
            environment: environment.merging(["GIRO_STATEMENTS": statements]) { $1 })
        current.withLock { $0 = running }
    }

    /// Waits until it takes commands.
    func waitUntilReady(within time: Duration = .seconds(30)) async throws {
        try await eventually("\(bank) on \(port) is ready", within: time) {
            if !isRunning {
                let ending = try await ending()
                throw Overdue("\(bank) ended with \(ending.code): \(ending.errors)")
            }
            return (try? await client.checkHealth()) != nil ? true : nil
        }
    }

    /// Waits until it says that it stands by.
    func waitUntilStandingBy() async throws {
        try await eventually("\(bank) on \(port) stands by") {
            errorsSoFar.contains("standing by") ? true : nil
        }
    }

    var isRunning: Bool { current.withLock { $0?.isRunning ?? false } }

    /// What it has logged since it was started.
    var errorsSoFar: String { current.withLock { $0?.errorsSoFar ?? "" } }

    /// Stops the process until ``resume()``.
    func pause() { current.withLock { $0?.pause() } }

    func resume() { current.withLock { $0?.send(SIGCONT) } }

    /// Ends it as a power cut does, and returns when it has ended.
    func kill() async throws {
        current.withLock { $0?.send(SIGKILL) }
        _ = try await ending()
    }

    /// Waits until it has ended by itself.
    @discardableResult func ending(
        within time: Duration = .seconds(30)
    ) async throws -> Program.Ending {
        let running = try #require(current.withLock { $0 }, "\(bank) does not run on \(port)")
        try await eventually("\(bank) on \(port) ends", within: time) {
            running.isRunning ? nil : true
        }
        current.withLock { $0 = nil }
        return try await running.ending()
    }

    /// Stops it gracefully; it must say that all went well. Does nothing where none runs.
    func stop() async throws {
        guard let running = current.withLock({ $0 }) else { return }
        running.terminate()
        let ending = try await ending()
        #expect(ending.code == 0, "\(bank): \(ending.errors.suffix(1_000))")
    }
}
