import APIModels
import AccessControl
import BankAPI
import Engine
import Foundation
import Ledger
import LedgerWire
import Node
import NodeClient
import Saga
import TestKit
import Testing

/// Many clients at once over TCP: the books are exact in any order of arrival.
struct CrowdTests {
    static let clients = 100
    static let rounds = 3

    @Test("200 clients at two banks, crossing pairs and one hot account: exact books")
    func crowd() async throws {
        let (file, tokens) = try TCPBank.tokenFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let register = try TokenRegister(path: file, logger: .quiet)
        let address = NodeAddress.tcp(host: "127.0.0.1", port: 0)
        try await Banks.running { banks in
            try await banks.openAccounts()
            try await banks.serve("bank-a", at: address, tokens: register) { portA in
                try await banks.serve("bank-b", at: address, tokens: register) { portB in
                    let clients = [portA, portB].map { port in
                        NodeClient(.tcp(host: "127.0.0.1", port: port), token: tokens[.operator])
                    }
                    try await Self.open(clients)
                    try await Self.send(clients)
                    try await Self.check(banks, clients)
                }
            }
        }
    }

    private static func account(_ number: Int, _ bank: String) throws -> AccountID {
        try #require(AccountID("acct-crowd\(1_000 + number)@\(bank)"))
    }

    private static func open(_ clients: [NodeClient]) async throws {
        let euro = try #require(Currency("EUR"))
        let amount = try #require(Amount(minorUnits: 1_000, currency: euro))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (client, bank) in zip(clients, ["bank-a", "bank-b"]) {
                for number in 0..<Self.clients {
                    let id = try account(number, bank)
                    group.addTask {
                        for order in [LedgerOperation.open(id, euro), .deposit(amount, to: id)] {
                            let answer = try await client.perform(order, id: .next())
                            #expect(answer.verdict == .applied)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Client n of each bank pays n + 1 to client n of the other, and 2 to the hot account; every
    /// order is sent twice.
    private static func send(_ clients: [NodeClient]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (bank, client) in clients.enumerated() {
                let (own, other) = bank == 0 ? ("bank-a", "bank-b") : ("bank-b", "bank-a")
                for number in 0..<Self.clients {
                    let payer = try account(number, own)
                    let payees = [
                        (try account(number, other).text, Int64(number + 1)), (Banks.alice, 2),
                    ]
                    group.addTask {
                        for _ in 0..<rounds {
                            for (payee, amount) in payees {
                                let transfer = try TransferRequest(
                                    id: .fresh(), from: payer.text, to: payee, amount: amount,
                                    currency: "EUR")
                                #expect(try await client.patiently(transfer) == .applied)
                                #expect(
                                    try await client.patiently(transfer)
                                        == .duplicate(of: .applied))
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func check(_ banks: Banks, _ clients: [NodeClient]) async throws {
        for name in ["bank-a", "bank-b"] {
            try await eventually {
                try await banks.bank(name).node.read { $0.openSagas } == 0 ? true : nil
            }
        }
        for (client, bank) in zip(clients, ["bank-a", "bank-b"]) {
            for number in 0..<Self.clients {
                let id = try account(number, bank)
                let account = try await client.account(id)
                // What the pair paid each other is the same both ways.
                #expect(account?.available == 1_000 - 2 * Int64(rounds))
                #expect(account?.held == 0)
            }
            for books in try await client.books().currencies {
                let own = books.available + books.held + Int128(books.cash + books.suspense)
                #expect(own + books.clearing.reduce(0) { $0 + Int128($1.balance) } == 0)
            }
        }
        let hot = Cast.alice
        let payments = 2 * Self.clients * rounds
        #expect(try await clients[0].account(hot)?.available == 1_000 + 2 * Int64(payments))
        var lines: [StatementReport.Line] = []
        var after: String?
        repeat {
            let page = try #require(try await clients[0].statement(of: hot, after: after))
            lines += page.lines
            after = page.next
        } while after != nil
        #expect(lines.count == 1 + payments)
        #expect(lines.last?.available == 1_000 + 2 * Int64(payments))
    }
}

extension NodeClient {
    /// Sends a transfer until the node has an answer.
    fileprivate func patiently(
        _ transfer: TransferRequest
    ) async throws -> CommandAnswer.Verdict {
        while true {
            do throws(NodeClientError) {
                return try await begin(transfer).verdict
            } catch {
                guard error.code == .unavailable else { throw error }
                await Task.yield()
            }
        }
    }
}
