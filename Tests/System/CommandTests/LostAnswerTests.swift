import Foundation
import Ledger
import TestTags
import Testing
import TestKit

/// Orders whose answer is lost: the program names the UUID, and repeated with it they are carried
/// out once.
@Suite(.serialized, .tags(.process))
struct LostAnswerTests {
    private static let alice = Cast.alice.text
    private static let bobby = "acct-bobby001@bank-a"

    /// Every kind of order that may be sent at this point; in this order, each is applied.
    private static let orders = [
        ["account", "open", alice, "EUR"], ["account", "open", bobby, "EUR"],
        ["deposit", alice, "10.00", "EUR"], ["withdraw", alice, "1.00", "EUR"],
        ["transfer", alice, bobby, "2.00", "EUR"], ["account", "freeze", bobby],
        ["account", "unfreeze", bobby], ["peer", "limit", "bank-a", "bank-b", "5.00", "EUR"],
    ]

    @Test("An order without an answer names its UUID", arguments: [[], ["--json"]] as [[String]])
    func cut(_ flags: [String]) async throws {
        try await withBank(.cut) { banks, lost in
            for order in Self.orders {
                let ending = try await Running(
                    order + flags + ["--directory", banks.directory],
                    environment: ["GIRO_SOCKET": lost.path]
                ).ending()
                #expect(ending.code == 2 && ending.output.isEmpty, "\(order): \(ending)")
                try await expectDone(order, by: ending, banks)
            }
            try await expectBalances(banks)
        }
    }

    @Test("So does one that is interrupted while it waits")
    func interrupted() async throws {
        try await withBank(.silence) { banks, lost in
            for (number, order) in Self.orders.enumerated() {
                let running = try Running(
                    order + ["--directory", banks.directory],
                    environment: ["GIRO_SOCKET": lost.path])
                try await eventually("the bank answers") { lost.count > number ? true : nil }
                running.terminate()
                let ending = try await running.ending()
                #expect(ending.code == 128 + SIGTERM, "\(order): \(ending)")
                #expect(ending.errors.hasPrefix("giro: Interrupted. "), "\(order): \(ending)")
                try await expectDone(order, by: ending, banks)
            }
            try await expectBalances(banks)
        }
    }

    @Test("So does one whose answer cannot be printed")
    func unprinted() async throws {
        let banks = try await bank()
        for order in Self.orders {
            let words = order.joined(separator: " ")
            let ending = try await Program.shell(
                "giro \(words) --directory \(banks.directory) >/dev/full")
            #expect(ending.code == 2, "\(order): \(ending)")
            try await expectDone(order, by: ending, banks)
        }
        try await expectBalances(banks)
        try await banks.stop()
    }

    @Test("Where nothing was sent, nothing is said of repeating it")
    func unsent() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        for order in Self.orders {
            let ending = try await banks.run(order)
            #expect(ending.code == 2 && ending.errors.contains("giro node"), "\(order): \(ending)")
            #expect(!ending.errors.contains("--id"), "\(order): \(ending)")
        }
        try await banks.stop()
    }

    /// bank-a, which runs, and its peer, which does not.
    private func bank() async throws -> Banks {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        try banks.start("bank-a")
        try await banks.waitUntilHealthy("bank-a")
        return banks
    }

    /// Repeats an order as `ending` says: it was carried out before.
    private func expectDone(
        _ order: [String], by ending: Program.Ending, _ banks: Banks
    ) async throws {
        let found = ending.errors.firstMatch(of: /--id ([0-9a-f-]{36}), which does nothing twice/)
        let id = String(try #require(found, "\(order): \(ending)").output.1)
        let again = try await banks.run(order + ["--id", id])
        #expect(again.code == 0, "\(order): \(again)")
        #expect(again.output.contains("\(id): applied before"), "\(order): \(again)")
    }

    /// Each of ``orders`` was carried out once.
    private func expectBalances(_ banks: Banks) async throws {
        for (account, balance) in [(Self.alice, "7.00 EUR"), (Self.bobby, "2.00 EUR")] {
            let shown = try await banks.run("account", "show", account)
            #expect(shown.output.contains(" \(balance)"), "\(shown.output)")
        }
    }

    private func withBank(
        _ loss: LostAnswers.Loss, _ body: (Banks, LostAnswers) async throws -> Void
    ) async throws {
        let banks = try await bank()
        let lost = try LostAnswers(
            at: banks.directory + "/lost.sock", of: banks.directory + "/bank-a/giro.sock", loss)
        defer { lost.end() }
        do {
            try await body(banks, lost)
        } catch {
            await banks.discard()
            throw error
        }
        try await banks.stop()
    }
}
