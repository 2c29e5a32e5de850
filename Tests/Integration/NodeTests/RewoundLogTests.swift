import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import TestKit
import Testing

/// A log that was put back to an earlier end is found at the start, and not continued.
struct RewoundLogTests {
    /// Banks that have done some transfers, and bank-a's log as it was before and after them.
    func history(
        on bus: any MessageBus = InMemoryMessageBus()
    ) async throws -> (TestNetwork, backup: LogStorage, whole: LogStorage) {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        for name in ["bank-a", "bank-b"] { try network.start(name, on: InMemoryEventLog()) }
        try await network.openAccounts()
        let bankA = try network.teller("bank-a")
        func pay() async throws {
            let id = CommandID.next()
            _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)
            try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        }
        try await pay()
        let backup = try await network.log(of: "bank-a").copy()
        for _ in 0..<3 { try await pay() }
        try await network.stopAll()
        return (network, backup, try await network.log(of: "bank-a").copy())
    }

    enum Kept: CaseIterable {
        case journalAndPeers, journal, peers
    }

    @Test("A backup is refused if journal or peers know a longer log", arguments: Kept.allCases)
    func backup(_ kept: Kept) async throws {
        let (network, backup, _) = try await history()
        let bus = try #require(network.bus as? InMemoryMessageBus)
        switch kept {
        case .journalAndPeers: break
        case .journal: bus.empty(topic: "transfers.bank-b.bank-a")
        case .peers: bus.empty(topic: "journal.bank-a")
        }
        try network.start("bank-a", on: InMemoryEventLog(backup))
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .rewound)
        #expect(error.message.contains("giro restore bank-a"))
        let proof =
            kept == .peers ? "bank-b has signed that it took commit" : "the journal has proof"
        #expect(error.message.contains("but \(proof)"))
    }

    @Test("True records of the past, published once more, hide no later end")
    func replayed() async throws {
        let (network, backup, _) = try await history()
        let bus = try #require(network.bus as? InMemoryMessageBus)
        bus.empty(topic: "transfers.bank-b.bank-a")
        // As many as are read of a topic's end.
        network.settings.relayCommitsMax = 1
        network.settings.inputsPerCommitMax = 1
        let old = try await bus.records(
            in: "journal.bank-a", from: 0, recordsMax: 2, wait: .zero)
        #expect(old.count == 2)
        try await bus.publish(old.map(\.record), to: "journal.bank-a")
        try network.start("bank-a", on: InMemoryEventLog(backup))
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .rewound)
    }

    @Test("A bank starts from a backup if no evidence of a longer log is left")
    func noEvidence() async throws {
        let (network, backup, _) = try await history()
        let bus = try #require(network.bus as? InMemoryMessageBus)
        bus.empty()
        try network.start("bank-a", on: InMemoryEventLog(backup))
        let bankA = try network.teller("bank-a")
        try await eventually { (try? await bankA.available(NodeTests.payer)) != nil ? true : nil }
        try await network.stopAll()
    }

    @Test("The log as it was is accepted")
    func whole() async throws {
        let (network, _, whole) = try await history()
        try network.start("bank-a", on: InMemoryEventLog(whole))
        let bankA = try network.teller("bank-a")
        try await eventually { (try? await bankA.available(NodeTests.payer)) != nil ? true : nil }
        try await network.stopAll()
    }

    @Test("Restored from the journal, it is as it was, and starts")
    func restored() async throws {
        let (network, backup, whole) = try await history()
        let log = InMemoryEventLog(backup)
        let restoration = Restoration(
            node: try #require(NodeName("bank-a")), log: log, bus: network.bus,
            keys: KeyRing(network.key.publicKey))
        let report = try await restoration.run()
        #expect(report.end == whole.head.position)
        #expect(report.restored > 0)
        #expect(
            try await log.copy().commits(after: .start, entriesMax: .max)
                == whole.commits(after: .start, entriesMax: .max))
        #expect(try await restoration.run().restored == 0)
        try network.start("bank-a", on: log)
        let bankA = try network.teller("bank-a")
        try await eventually {
            (try? await bankA.available(NodeTests.payer)) == 999_600 ? true : nil
        }
        try await network.stopAll()
    }

    @Test("An empty log is restored as a whole")
    func restoredFromNothing() async throws {
        let (network, _, whole) = try await history()
        let log = InMemoryEventLog()
        let restoration = Restoration(
            node: try #require(NodeName("bank-a")), log: log, bus: network.bus,
            keys: KeyRing(network.key.publicKey))
        #expect(try await restoration.run().end == whole.head.position)
        #expect(
            try await log.copy().commits(after: .start, entriesMax: .max)
                == whole.commits(after: .start, entriesMax: .max))
    }

    @Test("Two approvers can accept the loss: both banks then wait for their operators")
    func raised() async throws {
        let (network, backup, _) = try await history()
        let bus = try #require(network.bus as? InMemoryMessageBus)
        bus.empty(topic: "journal.bank-a")
        let log = InMemoryEventLog(backup)
        let restoration = Restoration(
            node: try #require(NodeName("bank-a")), log: log, bus: network.bus,
            keys: KeyRing(network.key.publicKey))
        let parts = network.parts(of: try #require(NodeName("bank-a")), on: log)
        _ = try await restoration.acceptLoss(
            parts, by: Cast.ada, approvers: ["ada", "grace"])
        try network.start("bank-a", on: log)
        try network.start("bank-b", on: try await network.log(of: "bank-b"))
        let (bankA, bankB) = (try network.teller("bank-a"), try network.teller("bank-b"))
        let id = CommandID.next()
        _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)
        let name = try #require(NodeName("bank-a"))
        try await eventually {
            // It may still be starting.
            (try? await bankB.node.read { $0.isSuspended(name) }) == true ? true : nil
        }
        try await network.healLoss(of: "bank-a", at: "bank-b")
        try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        try await network.stopAll()
    }
}

extension TestNetwork {
    /// People of a bank that lost the end of its log and of its peer have compared both keys: the
    /// peer's operator accepts the new timeline, and the bank reads the peer's log again.
    func healLoss(of text: String, at peerText: String) async throws {
        let (name, peer) = (try #require(NodeName(text)), try #require(NodeName(peerText)))
        #expect(
            try await teller(peerText).verdict {
                .acceptPeer(name, under: nil, by: Cast.ada, $0)
            } == .applied)
        let key = key.publicKey
        #expect(
            try await teller(text).verdict { .comparePeerKey(peer, key, by: Cast.ada, $0) }
                == .applied)
    }
}

extension EventLog {
    /// What it holds, as a value.
    func copy() async throws -> LogStorage {
        var storage = LogStorage()
        for commit in try await commits(after: .start, entriesMax: .max) {
            while storage.head.epoch < commit.header.epoch {
                _ = try storage.takeOver(from: storage.head.epoch)
            }
            try storage.append(commit)
        }
        return storage
    }
}
