import Foundation
import Synchronization
import Testing

@testable import Deployment
@testable import giro

/// bank-a, which ends at a stage of its shell and is restarted, and bank-b, which keeps running.
struct CrashBench {
    /// The program's `--directory`.
    let directory: String
    /// Starts bank-a with these variables, without waiting for anything.
    let start: ([String: String]) async throws -> Void
    /// Waits until bank-a has ended by itself.
    let ending: () async throws -> Program.Ending
    /// Waits until bank-a takes commands.
    let ready: () async throws -> Void

    static let settings = [
        "GIRO_SNAPSHOT_EVERY_ENTRIES": "5", "GIRO_RETRY_FIRST_MILLISECONDS": "50",
    ]
    private static let wealth = 1_000_000
    /// Of each file, each way.
    private static let lines = 15

    static func account(at bank: String) -> String { "acct-crash001@\(bank)" }

    /// Runs a command of the program.
    private func run(_ arguments: [String]) async throws -> Program.Ending {
        try await Self.run(arguments, in: directory)
    }

    private static func run(
        _ arguments: [String], in directory: String
    ) async throws -> Program.Ending {
        try await Running(arguments + ["--directory", directory]).ending()
    }

    /// Opens accounts and limits, with bank-a running.
    func begin() async throws {
        for (bank, peer) in [("bank-a", "bank-b"), ("bank-b", "bank-a")] {
            for order in [
                ["account", "open", Self.account(at: bank), "EUR"],
                ["deposit", Self.account(at: bank), "--minor", "\(Self.wealth)", "EUR"],
                ["peer", "limit", bank, peer, "--minor", "\(Self.wealth)", "EUR"],
            ] {
                let ending = try await run(order)
                try #require(ending.code == 0, "\(order): \(ending.errors)")
            }
        }
    }

    /// Ends bank-a at `stage`, which it reaches for the `count`-th time while transfers go both
    /// ways; starts it again, and waits for all transfers' ends.
    ///
    /// bank-a does not run before, and runs afterwards.
    func crash(at stage: String, _ count: Int) async throws {
        let (place, hasEnded) = (directory, Signal())
        try await start(
            Self.settings.merging(["GIRO_CRASH_AT": "\(stage):\(count)"]) { $1 })
        async let submitted: Void = Self.submit(stage, in: place, until: hasEnded)
        let end = try await ending()
        hasEnded.give()
        #expect(end.code == CrashPoint.exitCode, "\(stage): \(end.errors.suffix(1_000))")
        try await start(Self.settings)
        try await ready()
        try await submitted
        try await check(stage)
    }

    /// Sends files until bank-a has ended: a snapshot may be one for all transfers of a file. The
    /// sender retries until a process answers, the first or the next.
    private static func submit(
        _ stage: String, in directory: String, until hasEnded: Signal
    ) async throws {
        repeat {
            let path = "\(directory)/\(stage).csv"
            try file().write(toFile: path, atomically: true, encoding: .utf8)
            let result = try await run(["submit", path, "--json"], in: directory)
            #expect(result.code == 0, "\(stage): \(result.errors)")
            #expect(
                result.output.contains("{\"settled\":\(2 * lines)}"),
                "\(stage): \(result.output)")
        } while !hasEnded.isGiven && !Task.isCancelled
    }

    private final class Signal: Sendable {
        private let state = Mutex(false)

        var isGiven: Bool { state.withLock { $0 } }

        func give() { state.withLock { $0 = true } }
    }

    /// Both ways the same was paid.
    private func check(_ stage: String) async throws {
        for bank in ["bank-a", "bank-b"] {
            let shown = try await run(["account", "show", Self.account(at: bank), "--json"])
            #expect(
                shown.output.contains("\"available\":\(Self.wealth)")
                    && shown.output.contains("\"held\":0"),
                "\(stage), \(bank): \(shown.output)")
        }
    }

    /// Every log is what was signed, all books agree, and nothing is in flight.
    func checkBooks() async throws {
        for command in ["books", "verify"] {
            let ending = try await run([command])
            #expect(ending.code == 0, "\(ending.output) \(ending.errors)")
        }
    }

    private static func file() -> String {
        let order = [("bank-a", "bank-b"), ("bank-b", "bank-a")]
        return "id,from,to,via,amount,currency,reference,timeout\n"
            + (1...lines).flatMap { line in
                order.map { payer, payee in
                    "\(UUID().uuidString.lowercased()),\(account(at: payer)),"
                        + "\(account(at: payee)),,\(line),EUR,,1h\n"
                }
            }.joined()
    }
}
