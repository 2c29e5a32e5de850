import APIModels
import BankAPI
import Chain
import Engine
import EventLog
import Foundation
import GRDB
import Hummingbird
import HummingbirdTesting
import Ledger
import LedgerWire
import Node
import NodeClient
import Projection
import Saga
import Statements
import StrictJSON
import TestKit
import Testing

/// Statements say what the log says, whatever happens to their file.
struct StatementTests {
    /// Anything a bank can be asked for, at random, on a log that the tests then read themselves.
    static func work(
        seed: UInt64, commands: Int = 300,
        _ body: @escaping @Sendable (Banks, any EventLog, TestAccounts) async throws -> Void
    ) async throws {
        let log = InMemoryEventLog()
        try await Banks.running(
            parts: { if $0.configuration.node.text == "bank-a" { $0.log = log } }
        ) { banks in
            try await banks.openAccounts(balance: 5_000)
            let accounts = try TestAccounts()
            try await accounts.open(at: banks)
            try await banks.router().test(.router) { client in
                var dice = SplitMix(state: seed)
                for _ in 0..<commands { try await accounts.command(&dice, client) }
            }
            // All open sagas end first: what is read then does not change.
            try await eventually {
                try await banks.bank("bank-a").node.read { $0.openSagas } == 0 ? true : nil
            }
            try await body(banks, log, accounts)
        }
    }

    @Test("Statements equal a fold of the log made another way", arguments: 1...6)
    func equalToTheLog(_ seed: Int) async throws {
        try await Self.work(seed: UInt64(seed)) { banks, log, accounts in
            let expected = try await IndependentFold(log)
            let balances = try await banks.bank("bank-a").node.read { $0.participant.accounts }
            try await banks.router().test(.router) { client in
                for account in accounts.here {
                    let lines = try await client.wholeStatement(of: account, linesMax: 7)
                    #expect(lines == expected.lines[account] ?? [])
                    #expect(lines.last?.available ?? 0 == balances[account]?.available)
                    #expect(lines.last?.held ?? 0 == balances[account]?.held)
                }
            }
            #expect(expected.lines.values.contains { $0.contains { $0.kind == .release } })
        }
    }

    @Test("Interrupted after any commit, statements continue to the same lines")
    func cut() async throws {
        try await Self.work(seed: 7, commands: 40) { _, log, accounts in
            let batches = try await log.commits(after: .start, entriesMax: 10_000).map {
                try CommittedBatch(decoding: $0, for: Ledger.self)
            }
            let node = try #require(NodeName("bank-a"))
            let whole = try await StatementBook.open(at: nil, node: node)
            _ = try await whole.apply(batches)
            let expected = try await whole.everything(of: accounts.here)
            let path = "/tmp/giro-statements-\(String.fresh().prefix(13)).sqlite"
            defer { StatementBook.remove(at: path) }
            for count in stride(from: 0, to: batches.count, by: 5) {
                StatementBook.remove(at: path)
                // Not closed, as after a kill: what the next one finds is what was committed.
                let first = try await StatementBook.open(at: path, node: node)
                _ = try await first.apply(Array(batches.prefix(count)))
                let second = try await StatementBook.open(at: path, node: node)
                let end = try await second.end()
                #expect(end.position == batches.prefix(count).last?.commit.header.last ?? .start)
                _ = try await second.apply(batches)
                #expect(try await second.everything(of: accounts.here) == expected)
                await second.close()
            }
            // A gap, and another history, are not folded in.
            let gap = try await StatementBook.open(at: nil, node: node)
            let error = await #expect(throws: ProjectionError.self) {
                try await gap.apply(Array(batches.dropFirst()))
            }
            #expect(error?.code == .otherHistory)
            #expect(try await gap.end().position == .start)
        }
    }

    @Test(
        "A file of statements that is damaged or of another log is replaced",
        arguments: ["damaged", "negative", "otherLog", "otherNode", "none"])
    func rebuilt(_ damage: String) async throws {
        let path = "/tmp/giro-statements-\(String.fresh().prefix(13)).sqlite"
        defer { StatementBook.remove(at: path) }
        switch damage {
        case "damaged":
            await (try StatementBook.open(at: path, node: #require(NodeName("bank-a")))).close()
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for index in 100..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
            try bytes.write(to: URL(fileURLWithPath: path))
        case "negative":
            await (try StatementBook.open(at: path, node: #require(NodeName("bank-a")))).close()
            try await DatabaseQueue(path: path).write { database in
                try database.execute(sql: "UPDATE progress SET position = -1")
            }
        case "otherLog":
            try await Banks.running(["bank-a"], statements: path) { banks in
                try await banks.openAccounts(balance: 77)
                try await banks.router().test(.router) { client in
                    let lines = try await client.wholeStatement(of: Cast.alice)
                    #expect(lines.count == 1)
                }
            }
        case "otherNode":
            let other = try #require(NodeName("bank-z"))
            await (try StatementBook.open(at: path, node: other)).close()
        default: break
        }
        try await Banks.running(["bank-a"], statements: path) { banks in
            try await banks.openAccounts(balance: 1_234)
            try await banks.router().test(.router) { client in
                let lines = try await client.wholeStatement(of: Cast.alice)
                #expect(lines.map(\.amount) == [1_234])
            }
        }
    }

    @Test(
        "A file that was not made for statements is left as it is",
        arguments: ["a signing key\n", "SQLite format 3\0" + String(repeating: "l", count: 4_080)])
    func foreign(_ text: String) async throws {
        let path = "/tmp/giro-statements-\(String.fresh().prefix(13)).sqlite"
        defer { StatementBook.remove(at: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let node = try #require(NodeName("bank-a"))
        let error = await #expect(throws: ProjectionError.self) {
            try await StatementBook.open(at: path, node: node)
        }
        #expect(error?.code == .foreign)
        try await Banks.running(["bank-a"], statements: path) { banks in
            try await banks.openAccounts(balance: 1)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test("Another program's database is not opened for writing")
    func foreignDatabase() async throws {
        let path = "/tmp/giro-statements-\(String.fresh().prefix(13)).sqlite"
        defer { StatementBook.remove(at: path) }
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE other (value)") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let node = try #require(NodeName("bank-a"))
        let error = await #expect(throws: ProjectionError.self) {
            try await StatementBook.open(at: path, node: node)
        }
        #expect(error?.code == .foreign)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("A client that was answered with a posting finds it in the statement")
    func readYourWrites() async throws {
        try await Banks.running(["bank-a"]) { banks in
            try await banks.openAccounts()
            let alice = Cast.alice
            try await banks.router().test(.router) { client in
                for count in 1...50 {
                    let body = Body.transfer(1, to: Banks.anna)
                    #expect(try await client.ask(.post, "/v1/transfers", body).status == 200)
                    let lines = try await client.wholeStatement(of: alice)
                    #expect(lines.count == count + 1)
                    #expect(lines.last?.counterparty?.text == Banks.anna)
                    #expect(lines.last?.amount == -1)
                }
            }
        }
    }

    @Test("Accounts come page by page, sorted, each once")
    func accounts() async throws {
        try await Banks.running(["bank-a"]) { banks in
            try await banks.openAccounts()
            let accounts = try TestAccounts()
            try await accounts.open(at: banks)
            try await banks.router().test(.router) { client in
                var seen: [String] = []
                var after = ""
                while true {
                    let text = try await client.ask(.get, "/v1/accounts?limit=2\(after)").text
                    let page = try JSONLine.value(Array(text.utf8), as: AccountsReport.self)
                    #expect(page.accounts.count <= 2)
                    seen += page.accounts.map(\.account.text)
                    guard let next = page.next else { break }
                    after = "&after=\(next)"
                }
                let all = accounts.here.map(\.text) + [Banks.alice, Banks.anna]
                #expect(seen == Set(all).sorted())
            }
        }
    }
}
