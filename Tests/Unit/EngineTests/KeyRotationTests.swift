import Chain
import Ledger
import LedgerWire
import MessageBus
@testable import PeerProtocol
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// A node whose log is handed over to another signing key, and the peers that watch it.
@Suite struct KeyRotationTests {
    static let newKey = BenchNode.key(of: .moon)

    /// bank-a under its old key, handed over, and under its new one.
    private static func rotated() -> Bench {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench[.bankA].rotateKey(to: newKey, at: bench.now)
        bench.deliverAll()
        bench.begin(Trip(.pay(eur(10), from: .alice, to: .bob), number: 2))
        bench.deliverAll()
        return bench
    }

    @Test("The old key signs the entry, the new key all after it, and traffic continues")
    func rotated() throws {
        let bench = Self.rotated()
        let (old, new) = (BenchNode.key(of: .bankA).keyID, Self.newKey.keyID)
        let commits = bench[.bankA].commits
        let index = try #require(commits.firstIndex { $0.nextKey != nil })
        #expect(commits[...index].allSatisfy { $0.header.keyID == old })
        #expect(commits[(index + 1)...].count >= 2)
        #expect(commits[(index + 1)...].allSatisfy { $0.header.keyID == new })
        #expect(bench[.bankA].state.publicKey == Self.newKey.publicKey.bytes)
        try bench.expectSettledBooks()
    }

    @Test("Folding a log takes both keys, and fails with only one")
    func folded() throws {
        let node = Self.rotated()[.bankA]
        let old = BenchNode.key(of: .bankA).publicKey
        for ring in [KeyRing(old), KeyRing(Self.newKey.publicKey)] {
            var recovery = Recovery(
                node: .bankA, participant: BenchNode.party(.bankA), keys: ring)
            #expect(throws: ChainFault.self) {
                for commit in node.commits { try recovery.fold(commit) }
            }
        }
    }

    @Test("An entry that hands the log over against the rules does not fold")
    func rules() throws {
        let bench = Bench()
        var state = bench[.bankA].state
        let key = state.publicKey
        #expect(throws: FoldFault.self) {
            try state.apply(.keyRotated(publicKey: key, by: Cast.ada))
        }
        var empty = State(node: .bankA, participant: BenchNode.party(.bankA))
        #expect(throws: FoldFault.self) {
            try empty.apply(.keyRotated(publicKey: key, by: Cast.ada))
        }
    }

    @Test("A retired key's snapshot is refused by those who leave the key out, though it is true")
    func snapshots() throws {
        let node = Self.rotated()[.bankA]
        let index = try #require(node.commits.firstIndex { $0.nextKey != nil })
        let inUse = KeyRing(Self.newKey.publicKey)
        let before = node.snapshot(after: index - 1)
        #expect(throws: WireError.self) {
            try Recovery<Party>(node: .bankA, snapshot: before, keys: inUse)
        }
        for later in index..<node.commits.count {
            let recovery = try Recovery<Party>(
                node: .bankA, snapshot: node.snapshot(after: later), keys: inUse)
            #expect(recovery.state == node.checkpoints[later])
        }
    }
}

/// What bank-b makes of bank-a's headers, under one key and another.
@Suite struct WitnessedKeyTests {
    /// Which key signs a header of bank-a's, and where it stands in its log.
    struct Header: Sendable {
        let isNew: Bool
        let count: Int

        static func old(_ count: Int) -> Header { .init(isNew: false, count: count) }
        static func new(_ count: Int) -> Header { .init(isNew: true, count: count) }
    }

    /// What bank-b was given of bank-a's keys.
    enum Known { case both, oldOnly, newOnly }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let known: Known
        let headers: [Header]
        let entries: [Recorded]

        static let all = [
            Story(
                testDescription: "the new key goes on where the old one stood", known: .both,
                headers: [.old(1), .new(2)], entries: [.witnessed(.bankA), .witnessed(.bankA)]),
            Story(
                testDescription: "the old key after the new one", known: .both,
                headers: [.old(1), .new(2), .old(4)],
                entries: [.witnessed(.bankA), .witnessed(.bankA), .peerSuspended(.bankA)]),
            Story(
                testDescription: "the old key late, with what came before", known: .both,
                headers: [.old(1), .new(3), .old(2), .old(1)],
                entries: [.witnessed(.bankA), .witnessed(.bankA)]),
            Story(
                testDescription: "the new key, of which nobody told bank-b", known: .oldOnly,
                headers: [.old(1), .new(2), .new(3)],
                entries: [
                    .witnessed(.bankA), .quarantined(.unauthenticated),
                    .quarantined(.unauthenticated),
                ]),
            Story(
                testDescription: "the old key, which bank-b has forgotten", known: .newOnly,
                headers: [.new(2), .old(1), .old(3)],
                entries: [
                    .witnessed(.bankA), .quarantined(.unauthenticated),
                    .quarantined(.unauthenticated),
                ]),
        ]
    }

    private static func bench(_ known: Known) -> Bench {
        var bench = Bench()
        let old = BenchNode.key(of: .bankA).publicKey
        let ring =
            switch known {
            case .both: KeyRing(KeyRotationTests.newKey.publicKey, former: [old])
            case .oldOnly: KeyRing(old)
            case .newOnly: KeyRing(KeyRotationTests.newKey.publicKey)
            }
        let secrets = [NodeName.bankA, .hub, .shop].map { ($0, BenchNode.secret(.bankB, $0)) }
        bench[.bankB].envelope = Envelope(
            node: .bankB, secrets: Dictionary(uniqueKeysWithValues: secrets),
            keys: [.bankA: ring])
        return bench
    }

    /// Headers of bank-a's log: commit `count` of it, under the key that the story says.
    private static func record(_ header: Header) -> Record {
        var history = WitnessTests.History()
        for _ in 1..<header.count { _ = history.next() }
        if header.isNew { history.key = KeyRotationTests.newKey }
        return WitnessTests.witness(history.next())
    }

    @Test("What bank-b accepts under bank-a's keys, message by message", arguments: Story.all)
    func story(_ story: Story) throws {
        var bench = Self.bench(story.known)
        var entries: [Recorded] = []
        for header in story.headers {
            let input = bench[.bankB].receive(Self.record(header))
            entries += bench.at(.bankB, [input]).entries
            try bench[.bankB].restart(from: bench[.bankB].snapshot(
                after: bench[.bankB].commits.count - 1))
        }
        #expect(entries == story.entries)
        try bench.expectReplayEqualsLive()
    }

    @Test("In one batch it accepts the same")
    func batch() {
        var bench = Self.bench(.both)
        var inputs: [Input<Party>] = []
        for header in [Header.old(1), .new(2), .old(4)] {
            inputs.append(bench[.bankB].receive(Self.record(header)))
        }
        #expect(
            bench.at(.bankB, inputs).entries
                == [.witnessed(.bankA), .witnessed(.bankA), .peerSuspended(.bankA)])
    }

    @Test("An unknown key blocks no transfer, and is trusted once the operator adds it")
    func unknownKey() throws {
        var bench = Self.bench(.oldOnly)
        for header in [Header.old(1), .new(2)] {
            let input = bench[.bankB].receive(Self.record(header))
            bench.at(.bankB, [input])
        }
        let quarantined = bench[.bankB].state.quarantined
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.deliverAll()
        #expect(balances(bench) == [900, 100])
        #expect(bench[.bankB].state.quarantined == quarantined)
        bench[.bankB].envelope = Self.bench(.both)[.bankB].envelope
        let input = bench[.bankB].receive(Self.record(.new(3)))
        #expect(bench.at(.bankB, [input]).entries == [.witnessed(.bankA)])
    }

    private func balances(_ bench: Bench) -> [Int64] {
        [bench[.alice].available, bench[.bob].available]
    }

    @Test("After an operator accepts what the old key signed, the old key is trusted again")
    func accepted() {
        var bench = Self.bench(.both)
        for header in [Header.old(1), .new(2), .old(4)] {
            let input = bench[.bankB].receive(Self.record(header))
            bench.at(.bankB, [input])
        }
        #expect(bench.at(.bankB, [.acceptPeer(.bankA, by: Cast.ada, Ticket(1))]).entries == [
            .peerAccepted(.bankA)
        ])
        let input = bench[.bankB].receive(Self.record(.old(5)))
        #expect(bench.at(.bankB, [input]).entries == [.witnessed(.bankA)])
    }
}
