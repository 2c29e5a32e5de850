import Foundation
import Testing

/// A bank whose clock was set while it was down, what its operators see, and signals.
@Suite struct ClockCommandTests {
    @Test("A clock that was set while a bank was down is noticed, until two approvers accept it")
    func accept() async throws {
        let banks = try await Banks("bank-a")
        try await banks.end("bank-a")
        // As if the wall clock had been set two hours back since.
        let file = "\(banks.directory)/bank-a/node.clock"
        let words = try String(contentsOfFile: file, encoding: .utf8).split(separator: " ")
        let offset = try #require(words.last.flatMap { Int64($0.dropLast()) })
        try "\(words[0]) \(offset + 7_200_000)\n".write(
            toFile: file, atomically: false, encoding: .utf8)

        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        try await eventually("it says what is wrong") {
            let told = try banks.running("bank-a").errorsSoFar
            return told.contains("giro clock accept bank-a") ? true : nil
        }
        let refused = try await banks.run("account", "open", "acct-alice001@bank-a", "EUR")
        #expect(refused.code == 2 && refused.errors.contains("clock"), "\(refused)")
        try await banks.end("bank-a")

        let alone = try await banks.run("clock", "accept", "bank-a", "--approved-by", "ada")
        #expect(alone.code == 64)
        let approvers = ["--approved-by", "ada", "--approved-by", "grace"]
        let accepted = try await banks.run(["clock", "accept", "bank-a"] + approvers)
        #expect(accepted.code == 0, "\(accepted)")
        let again = try await banks.run(["clock", "accept", "bank-a"] + approvers)
        #expect(again.code == 1 && again.errors.contains("nothing to accept"), "\(again)")
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        let opened = try await banks.run("account", "open", "acct-alice001@bank-a", "EUR")
        #expect(opened.code == 0, "\(opened)")
        let log = try await banks.run("log", "bank-a")
        #expect(log.output.contains("clockAccepted"))
        try await banks.stop()
    }

    @Test("Signals that mean nothing to a node do not end it; it leaves no core dump")
    func signals() async throws {
        let banks = try await Banks("bank-a")
        let bank = try banks.running("bank-a")
        for signal in [SIGHUP, SIGUSR1, SIGUSR2] { bank.send(signal) }
        try await eventually("it says that it ignores them") {
            bank.errorsSoFar.components(separatedBy: "signal ignored").count == 4 ? true : nil
        }
        let limits = try bank.limits().split(separator: "\n")
        let core = try #require(limits.first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").contains("0"), "\(core)")
        try await banks.stop()
    }
}
