import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import Links
import MessageBus
import Node
import Saga
import Synchronization
import TestKit
import Testing
import Wire

/// What peers say of a log whose journal says nothing else, or nothing at all.
extension RewoundLogTests {
    private static let fromB = "transfers.bank-b.bank-a"
    private static let payeeAtC = "acct-00000001@bank-c"

    /// Three banks, of which bank-b is stopped again: it and bank-a have said nothing to each
    /// other. What it signs from now on, the test writes.
    private func silentPeer() async throws -> (TestNetwork, PeerLog) {
        let network = try await TestNetwork(
            ["bank-a", "bank-b", "bank-c"], bus: InMemoryMessageBus())
        for name in network.names { try network.start(name.text, on: InMemoryEventLog()) }
        try await network.openAccounts()
        try await network.stop("bank-b")
        return (network, PeerLog(of: Cast.bankB, key: network.key))
    }

    /// An entry by which bank-b says that it has taken a commit of bank-a's that never was.
    /// That it took a commit which never was.
    private static func lie(_ commit: UInt64) -> Read {
        Read(
            number: 0, header: HeaderName(commit: commit, hash: .sha256(of: [1])), acknowledged: 0)
    }

    private func publish(_ excerpt: Excerpt, _ network: TestNetwork) async throws {
        let record = Record(key: [], headers: [], value: excerpt.encoded())
        _ = try await network.bus.publish([record], to: Self.fromB)
    }

    private func settles(_ network: TestNetwork, to payee: String) async throws {
        let (bankA, id) = (try network.teller("bank-a"), CommandID.next())
        let verdict = try await bankA.transfer(1, from: NodeTests.payer, to: payee, id: id)
        #expect(verdict == .applied)
        try await eventually("the transfer settles") {
            try await bankA.state(of: id) == .confirmed ? true : nil
        }
    }

    @Test("A peer's word stops a start though log and journal agree: people say how it continues")
    func contradicted() async throws {
        let (network, opened) = try await silentPeer()
        var peer = opened
        try await network.stop("bank-a")
        peer.append(claiming: Self.lie(999), of: Cast.bankA)
        try await publish(peer.excerpt(for: Cast.bankA), network)
        let log = try network.log(of: "bank-a")
        try network.start("bank-a", on: log)
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .rewound)
        let told = [
            "bank-b has signed that it took commit 999", "giro restore bank-a --accept-loss",
            "remove peers/bank-b.pub",
        ]
        for part in told { #expect(error.message.contains(part)) }

        // Restoring the log changes nothing, and says so.
        let restoration = Restoration(
            node: Cast.bankA, log: log, bus: network.bus, keys: KeyRing(network.key.publicKey))
        let report = try await restoration.run()
        #expect(report.restored == 0)
        let parts = network.parts(of: Cast.bankA, on: log)
        let incomplete = await #expect(throws: IncompleteJournal.self) {
            try await restoration.comparePeers(parts, after: report)
        }
        #expect(incomplete?.fault == .contradicted(by: Cast.bankB, commit: 999))
        #expect(incomplete?.description.contains("remove peers/bank-b.pub") == true)

        // The bank starts without the peer.
        network.change = { parts in
            guard parts.configuration.node == Cast.bankA else { return }
            parts.configuration.peers.remove(Cast.bankB)
            parts.peerKeys[Cast.bankB] = nil
        }
        try network.start("bank-a", on: log)
        try await settles(network, to: Self.payeeAtC)
        try await network.stop("bank-a")
        network.change = { _ in }

        // Or it begins a timeline, as if the peer were right: then that says nothing any more.
        #expect(
            try await restoration.acceptLoss(
                parts, by: Cast.ada, approvers: ["ada", "grace"]) == 1)
        try await restoration.comparePeers(parts, after: report)
        try network.start("bank-a", on: log)
        #expect(try await network.teller("bank-a").available(NodeTests.payer) == 999_999)
        try await network.stopAll()
    }

    @Test("A peer that the log denies already stops no start, and counts again once accepted")
    func deniedBefore() async throws {
        let (network, opened) = try await silentPeer()
        var peer = opened
        let step = StepID(saga: SagaID(.next(), contentHash: .zero), number: 0)
        let asked = AbandonRequested(step: step, next: Cast.bankA, principal: nil)
        peer.append([.abandonRequested(asked)], for: Ledger.self)
        peer.append(claiming: Self.lie(999), of: Cast.bankA)
        try await publish(peer.excerpt(for: Cast.bankA), network)
        try await isDenied(true, network)
        try await network.stop("bank-a")

        peer.append(claiming: Self.lie(1_000), of: Cast.bankA)
        try await publish(peer.excerpt(for: Cast.bankA, from: 2), network)
        try network.start("bank-a", on: try network.log(of: "bank-a"))
        try await settles(network, to: Self.payeeAtC)
        try await isDenied(true, network)

        let accepted = try await network.teller("bank-a").verdict {
            .acceptPeer(Cast.bankB, under: nil, by: Cast.ada, $0)
        }
        #expect(accepted == .applied)
        try await isDenied(false, network)
        try network.start("bank-b", on: try network.log(of: "bank-b"))
        try await settles(network, to: NodeTests.payee)
        try await network.stopAll()
    }

    private func isDenied(_ isDenied: Bool, _ network: TestNetwork) async throws {
        let node = try network.teller("bank-a").node
        try await eventually("bank-b is denied: \(isDenied)") {
            let shown = node.conditions.contains {
                $0.code == .peerDenied && $0.peer == Cast.bankB
            }
            return shown == isDenied ? true : nil
        }
    }

    @Test("With the journal emptied, a peer's topic that does not answer is waited for")
    func waitedFor() async throws {
        let tries = Mutex(0)
        let bus = SickBus { tries.withLock { $0 += 1 } }
        let (network, backup, _) = try await history(on: bus)
        bus.bus.empty(topic: "journal.bank-a")
        // Long enough for the test.
        network.settings.restartPauseMax = .seconds(5)
        bus.fail(.reading(Self.fromB))
        try network.start("bank-a", on: InMemoryEventLog(backup))
        try await eventually("the topic is read again") {
            tries.withLock { $0 } > 4 ? true : nil
        }
        bus.heal()
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .rewound)
    }
}
