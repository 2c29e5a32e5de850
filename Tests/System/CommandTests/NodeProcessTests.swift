import Foundation
import TestTags
import Testing

/// What two processes, signals and wrong orders do.
@Suite(.serialized, .tags(.process))
struct NodeProcessTests {
    @Test("A second process on one log is refused, and says what to do")
    func secondIsRefused() async throws {
        let banks = try await Banks("bank-a")
        let second = try await banks.node("bank-a").ending()
        #expect(second.code == 75)
        #expect(second.errors.contains("--standby") && second.errors.contains("--take-over"))
        #expect(try banks.running("bank-a").isRunning)
        try await banks.stop()
    }

    @Test("A second process that waits continues where the first ended")
    func secondWaits() async throws {
        let banks = try await Banks("bank-a")
        #expect(try await banks.run("account", "open", "acct-waiting1@bank-a", "EUR").code == 0)
        let first = try banks.running("bank-a")
        try banks.start("bank-a", "--standby")
        first.terminate()
        #expect(try await first.ending().code == 0)
        try await banks.waitUntilHealthy("bank-a")
        #expect(try await banks.run("account", "show", "acct-waiting1@bank-a").code == 0)
        try await banks.stop()
    }

    @Test("A process whose log is taken over is fenced and stops")
    func firstIsFenced() async throws {
        let banks = try await Banks("bank-a")
        let first = try banks.running("bank-a")
        try banks.start("bank-a", "--take-over")
        let end = try await first.ending()
        #expect(end.code == 75, "\(end.errors.suffix(500))")
        try await banks.waitUntilHealthy("bank-a")
        #expect(try await banks.run("account", "open", "acct-after001@bank-a", "EUR").code == 0)
        try await banks.stop()
    }

    @Test("Refusals are exit code 1, the unreachable is 2, nonsense is 64")
    func exitCodes() async throws {
        let banks = try await Banks("bank-a")
        #expect(try await banks.run("account", "open", "acct-alice001@bank-a", "EUR").code == 0)
        #expect(try await banks.run("account", "open", "acct-alice001@bank-a", "EUR").code == 1)
        let poor = try await banks.run("withdraw", "acct-alice001@bank-a", "0.05", "EUR")
        #expect(poor.code == 1 && poor.output.contains("AM04"))
        #expect(try await banks.run("account", "show", "acct-alice001@bank-z").code == 2)
        #expect(try await banks.run("deposit", "acct-alice001@bank-a", "12.5", "EUR").code == 64)
        #expect(try await banks.run("trace", "no-uuid").code == 1)
        #expect(try await banks.run("submit", "/nowhere.csv").code == 2)
        try await banks.stop()
        #expect(try await Program.run("books", "--directory", "/nowhere/banks").code == 2)
    }

    @Test("A transfer that is not decided at the end of its wait is 2; one that need not be is 0")
    func pending() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        // bank-b does not run, so nothing is decided.
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        #expect(try await banks.run("account", "open", "acct-alice001@bank-a", "EUR").code == 0)
        #expect(try await banks.run("deposit", "acct-alice001@bank-a", "10.00", "EUR").code == 0)
        let transfer = ["transfer", "acct-alice001@bank-a", "acct-bobby001@bank-b", "1.00", "EUR"]
        for flags in [[], ["--json"]] as [[String]] {
            let waited = try await banks.run(transfer + flags + ["--wait", "1"])
            #expect(waited.code == 2 && waited.output.contains("pending"), "\(waited)")
            #expect(waited.errors.contains("pending: not decided yet"), "\(waited)")
            let id = try #require(waited.output.firstMatch(of: /[0-9a-f-]{36}/)).output
            #expect(waited.errors.contains("giro trace"), "\(waited)")
            #expect(waited.errors.contains("--id \(id), which does nothing twice"), "\(waited)")
            let sent = try await banks.run(transfer + flags + ["--wait", "0"])
            #expect(sent.code == 0 && sent.output.contains("pending"), "\(sent)")
            #expect(sent.errors.isEmpty, "\(sent)")
        }
        #expect(try await banks.run(transfer + ["--wait", "61"]).code == 64)
        try await banks.stop()
    }
}
