import Chain
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// A node whose log is handed over to another signing key.
@Suite struct KeyRotationTests {
    static let newKey = BenchNode.key(of: .moon)

    /// bank-a under its old key, handed over, and under its new one.
    private static func rotated() -> Bench {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.rotateKey(of: .bankA, to: newKey)
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

    @Test("Every peer is shown the new key, in the commit that names it, and takes it")
    func shown() throws {
        let bench = Self.rotated()
        let commit = try #require(bench[.bankA].commits.first { $0.nextKey != nil })
        #expect(
            try commit.events(for: Party.self).map(Recorded.init) == [
                .keyRotated, .keyShown(.bankB), .keyShown(.hub), .keyShown(.shop),
            ])
        for name in [NodeName.bankB, .hub, .shop] {
            #expect(bench[name].state.links[.bankA]?.key == Self.newKey.publicKey)
        }
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
