import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Node
import Projection
import Saga
import Synchronization
import Testing
import TestKit

/// The shell's promises, on logs and a bus in memory.
struct NodeTests {
    static let payer = "acct-00000001@bank-a"
    static let payee = "acct-00000001@bank-b"

    private func twoBanks() async throws -> TestNetwork {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        try network.start("bank-a", on: InMemoryEventLog())
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        return network
    }

    @Test("A transfer between two banks settles at both")
    func settles() async throws {
        let network = try await twoBanks()
        let id = CommandID.next()
        let bankA = try network.teller("bank-a")
        #expect(
            try await bankA.transfer(100, from: Self.payer, to: Self.payee, id: id) == .applied)
        try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        #expect(try await bankA.available(Self.payer) == 999_900)
        #expect(try await network.teller("bank-b").available(Self.payee) == 1_000_100)
        try await network.stopAll()
    }

    @Test("The batches that a node hands on are what its log says, each once and in order")
    func handsOn() async throws {
        let seen = Mutex<[CommittedBatch<LedgerFact>]>([])
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        network.change = { parts in
            guard parts.configuration.node.text == "bank-a" else { return }
            parts.onDurable = { batch in seen.withLock { $0.append(batch) } }
        }
        let log = InMemoryEventLog()
        try network.start("bank-a", on: log)
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        let bankA = try network.teller("bank-a")
        for payee in [Self.payee, "acct-99999999@bank-b"] {
            let id = CommandID.next()
            _ = try await bankA.transfer(100, from: Self.payer, to: payee, id: id)
            try await eventually { try await bankA.state(of: id).isTerminal ? true : nil }
        }
        let end = try await bankA.node.read { $0.position }
        let batches = seen.withLock { $0 }.prefix { $0.commit.header.last <= end }
        // The log's first two commits open it and name the peers, before there is anything to hand
        // on.
        let stored = try await log.commits(after: Position(2), entriesMax: .max)
            .prefix { $0.header.last <= end }
            .map { try CommittedBatch(decoding: $0, for: Ledger.self) }
        #expect(Array(batches) == stored)
        let forPeers = stored.flatMap(\.events).filter { $0.receiver == Cast.bankB }
        #expect(forPeers.contains { $0.isNumbered })
        #expect(forPeers.contains { !$0.isNumbered })
        try await network.stopAll()
    }

    @Test("A transfer to an account that does not exist is rolled back")
    func rollsBack() async throws {
        let network = try await twoBanks()
        let id = CommandID.next()
        let bankA = try network.teller("bank-a")
        #expect(
            try await bankA.transfer(100, from: Self.payer, to: "acct-99999999@bank-b", id: id)
                == .applied)
        try await eventually { try await bankA.state(of: id) == .cancelled ? true : nil }
        #expect(try await bankA.available(Self.payer) == 1_000_000)
        try await network.stopAll()
    }

    @Test("After a restart, graceful or not, a verdict is what it was", arguments: [true, false])
    func remembersVerdicts(gracefully: Bool) async throws {
        let network = try await twoBanks()
        let id = CommandID.next()
        let refused = CommandID.next()
        var bankA = try network.teller("bank-a")
        _ = try await bankA.transfer(100, from: Self.payer, to: Self.payee, id: id)
        #expect(
            try await bankA.transfer(1 << 60, from: Self.payer, to: Self.payee, id: refused)
                == .refused(.insufficientFunds))
        try await gracefully ? network.stop("bank-a") : network.crash("bank-a")

        let log = try network.log(of: "bank-a")
        try network.start("bank-a", on: log)
        bankA = try network.teller("bank-a")
        #expect(
            try await bankA.transfer(100, from: Self.payer, to: Self.payee, id: id)
                == .duplicate(of: .applied))
        #expect(
            try await bankA.transfer(1 << 60, from: Self.payer, to: Self.payee, id: refused)
                == .duplicate(of: .refused(.insufficientFunds)))
        #expect(
            try await bankA.transfer(101, from: Self.payer, to: Self.payee, id: id) == .conflict)
        try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        try await network.stopAll()
    }

    @Test("A node whose log is taken over stops, also when it gets no requests")
    func isFenced() async throws {
        let network = try await twoBanks()
        let log = try network.log(of: "bank-a")
        _ = try await log.takeOver(from: try await log.head().epoch)
        let end = try await network.end(of: "bank-a")
        let error = #expect(throws: LogError.self) { try end.get() }
        #expect(error?.code == .fenced)
        try await network.stop("bank-b")
    }

    @Test("At the limit of open sagas a client is turned away, and nothing is remembered of it")
    func busy() async throws {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        network.limits.openSagasMax = 1
        // The payee's bank does not run: the first saga stays open.
        let node = try network.start("bank-a", on: InMemoryEventLog())
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        #expect(try await teller.transfer(1, from: Self.payer, to: Self.payee) == .applied)

        let id = CommandID.next()
        let second = try Teller.begin(1, from: Self.payer, to: Self.payee, via: [], id: id)
        let reply = try await node.submit { .begin(second, $0) }
        guard case .busy = reply else {
            Issue.record("the second saga was taken: \(reply)")
            return
        }
        #expect(try await teller.state(of: id) == .unknown)
        #expect(try await teller.available(Self.payer) == 999_999)
        try await network.stopAll()
    }

    @Test("A node that has stopped says so")
    func stopped() async throws {
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        let node = try network.start("bank-a", on: InMemoryEventLog())
        try await network.openAccounts()
        try await network.stopAll()
        await #expect(throws: NodeError(.stopping)) {
            try await node.read { $0.position }
        }
    }

    @Test("Everything settles although the bus is emptied repeatedly")
    func survivesAnEmptiedBus() async throws {
        let bus = InMemoryMessageBus()
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        try network.start("bank-a", on: InMemoryEventLog())
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        let bankA = try network.teller("bank-a")
        var ids: [CommandID] = []
        for round in 0..<30 {
            let id = CommandID.next()
            ids.append(id)
            _ = try await bankA.transfer(10, from: Self.payer, to: Self.payee, id: id)
            if round.isMultiple(of: 7) { bus.empty() }
        }
        for id in ids {
            try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        }
        #expect(try await network.teller("bank-b").available(Self.payee) == 1_000_300)
        try await network.stopAll()
    }

    @Test("A journal that loses its newest records, without anybody saying so, gets them again")
    func journalLosesItsEnd() async throws {
        let bus = InMemoryMessageBus()
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        try network.start("bank-a", on: InMemoryEventLog())
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        let bankA = try network.teller("bank-a")
        for lost in 1...5 {
            let id = CommandID.next()
            _ = try await bankA.transfer(10, from: Self.payer, to: Self.payee, id: id)
            try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
            bus.removeNewest(lost, in: "journal.bank-a")
        }
        let id = CommandID.next()
        _ = try await bankA.transfer(10, from: Self.payer, to: Self.payee, id: id)
        try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        try await network.stopAll()
        let log = InMemoryEventLog()
        let restoration = Restoration(
            node: try #require(NodeName("bank-a")), log: log, bus: bus,
            keys: KeyRing(network.key.publicKey))
        let end = try await restoration.run().end
        #expect(try await end == network.log(of: "bank-a").head().position)
    }
}
