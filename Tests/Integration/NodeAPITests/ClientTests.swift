import APIModels
import AccessControl
import BankAPI
import Chain
import Foundation
import HTTPServer
import Ledger
import Logging
import NodeClient
import Saga
import ServiceLifecycle
import TestKit
import Testing

/// The client and the server together, over a real socket.
struct ClientTests {
    @Test("A client can do over a socket all that the API can")
    func everything() async throws {
        try await Banks.serving { banks, client, path in
            try await banks.openAccounts()
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            try await client.checkHealth()
            #expect(try await client.node().peers.map(\.text) == ["bank-b"])

            let cleo = try #require(AccountID("acct-cleo0001@bank-a"))
            let euro = try #require(Currency("EUR"))
            let amount = try #require(Amount(minorUnits: 70, currency: euro))
            let id = try #require(CommandID(.fresh()))
            #expect(try await client.account(cleo) == nil)
            #expect(try await client.perform(.open(cleo, euro), id: id).verdict == .applied)
            #expect(
                try await client.perform(.open(cleo, euro), id: id).verdict
                    == .duplicate(of: .applied))
            #expect(try await client.perform(.freeze(cleo), id: id).verdict == .conflict)
            #expect(
                try await client.perform(.deposit(amount, to: cleo), id: .next()).verdict
                    == .applied)
            #expect(try await client.account(cleo)?.available == 70)
            #expect(try await client.accounts().map(\.account.text).last == cleo.text)
            let peer = try #require(NodeName("bank-b"))
            #expect(
                try await client.perform(.settlePeer(peer, amount, .paid), id: .next()).verdict
                    == .refused(.settlementTooLarge))

            let transfer = try TransferRequest.to(Banks.bob, 30)
            let answer = try await client.begin(transfer, wait: .seconds(20))
            #expect(answer == CommandAnswer(id: transfer.id, .applied, state: .settled))
            let other = try TransferRequest.to(Banks.bob, 5_000)
            #expect(try await client.begin(other).verdict == .refused(.insufficientFunds))
            let wrong = try TransferRequest(
                id: .fresh(), from: Banks.bob, to: Banks.alice, amount: 1, currency: "EUR")
            guard case .invalid(let invalid) = try await client.begin(wrong).verdict else {
                throw Unexpected()
            }
            #expect(invalid.reason == .wrongNode)
            #expect(invalid.node?.text == "bank-b")

            #expect(try await client.transfer(transfer.id)?.state == .settled)
            #expect(try await client.transfer(.next()) == nil)
            #expect(try await client.abandon(transfer.id) == .settled)
            #expect(try await client.abandon(.next()) == .unknown)
            #expect(
                try await client.states(of: [other.id, .next(), transfer.id])
                    == [.refused(.insufficientFunds), .unknown, .settled])
            #expect(try await client.books().currencies.map(\.currency.code) == ["EUR"])
        }
    }

    @Test("Thousands of transfers in one request, answered while they are sent")
    func batch() async throws {
        try await Banks.serving { banks, client, _ in
            try await banks.openAccounts(balance: 20_000)
            let transfers = try (0..<3_000).map { _ in try TransferRequest.to(Banks.bob, 1) }
            var answers: [CommandAnswer] = []
            try await client.submit(transfers) { index, answer in
                #expect(index == answers.count)
                answers.append(answer)
            }
            #expect(answers.map(\.id) == transfers.map(\.id))
            #expect(answers.allSatisfy { $0.verdict == .applied })
            let ids = transfers.map(\.id)
            try await eventually {
                try await client.states(of: ids).allSatisfy { $0 == .settled } ? true : nil
            }
        }
    }

    @Test("A request to an address without a server is retryable")
    func unreachable() async throws {
        let client = NodeClient(.unixSocket(path: "/tmp/giro-nobody-\(String.fresh().prefix(8))"))
        let error = await #expect(throws: NodeClientError.self) { try await client.books() }
        #expect(error?.code == .unreachable)
        #expect(error?.isRetryable == true)
        #expect(error?.isOutcomeUnknown == false)
    }

    @Test("A node that is not running answers so, and the request is retryable")
    func unavailable() async throws {
        try await Banks.serving(silent: ["bank-a"]) { _, client, _ in
            let error = await #expect(throws: NodeClientError.self) { try await client.node() }
            #expect(error?.code == .unavailable)
            #expect(error?.problem?.code == "stopping")
            #expect(error?.isRetryable == true)
            let transfer = try TransferRequest.to(Banks.bob, 1)
            let second = await #expect(throws: NodeClientError.self) {
                try await client.begin(transfer)
            }
            #expect(second?.code == .unavailable)
            #expect(second?.isOutcomeUnknown == false)
            var verdicts: [CommandAnswer.Verdict] = []
            try await client.submit([transfer]) { verdicts.append($1.verdict) }
            #expect(verdicts == [.busy])
        }
    }

    @Test("A socket that is served already is not taken, one that was left behind is")
    func taken() async throws {
        try await Banks.serving { banks, _, path in
            let second = NodeServer(
                try banks.bank("bank-a"), at: .unixSocket(path: path), logger: .quiet)
            let error = await #expect(throws: NodeServerError.self) { try await second.run() }
            #expect(error?.code == .taken)
            let long = "/tmp/" + String(repeating: "x", count: 120)
            let third = NodeServer(
                try banks.bank("bank-a"), at: .unixSocket(path: long), logger: .quiet)
            let other = await #expect(throws: NodeServerError.self) { try await third.run() }
            #expect(other?.code == .pathTooLong)
            // Left behind: the socket's file outlives its server.
            try await banks.serve(at: path + "2") { _ in }
            try await banks.serve(at: path + "2") { client in try await client.checkHealth() }
        }
    }
}

extension Banks {
    /// Runs banks, and serves the API of `bank-a` on a socket.
    static func serving(
        silent: Set<String> = [],
        _ body: @escaping @Sendable (Banks, NodeClient, _ path: String) async throws -> Void
    ) async throws {
        try await running(silent: silent) { banks in
            let path = "/tmp/giro-\(String.fresh().prefix(13)).socket"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try await banks.serve(at: path) { client in try await body(banks, client, path) }
        }
    }

    func serve(
        at path: String, _ body: @escaping @Sendable (NodeClient) async throws -> Void
    ) async throws {
        let address = NodeAddress.unixSocket(path: path)
        try await serve(at: address) { _ in try await body(NodeClient(address)) }
    }

    /// Serves a bank's API around `body`, which gets the port of a TCP address.
    func serve(
        _ name: String = "bank-a", at address: NodeAddress, tokens: TokenRegister? = nil,
        limits: ServerLimits = .init(), logger: Logger = .quiet,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = NodeServer(
            try bank(name), at: address, tokens: tokens, limits: limits, logger: logger
        ) { port in
            continuation.yield(port ?? 0)
            continuation.finish()
        }
        let group = ServiceGroup(services: [server], logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = await ready.first { _ in true } ?? 0
            let result = await Result(catching: { try await body(port) })
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }
}

extension CommandID {
    static func next() -> CommandID {
        CommandID(high: .random(in: 1...UInt64.max), low: .random(in: 1...UInt64.max))
    }
}

extension TransferRequest {
    static func to(_ payee: String, _ amount: Int64) throws(InvalidRequest) -> TransferRequest {
        try TransferRequest(
            id: .fresh(), from: Banks.alice, to: payee, amount: amount, currency: "EUR")
    }
}
