import Chain
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit

@testable import Engine

/// What bank-b makes of bank-a's log while that is handed over from one key to another.
@Suite struct PeerKeyTests {
    private static let newKey = KeyRotationTests.newKey
    private static let line = Line(from: .bankA, to: .bankB)
    private static let payment = Trip(.pay(eur(100), from: .alice, to: .bob))

    /// The peers have not yet been shown anything of bank-a's new key.
    private static func rotated() -> Bench {
        var bench = Bench()
        bench.rotateKey(of: .bankA, to: newKey)
        return bench
    }

    private static func key(_ bench: Bench) -> PublicKey? {
        bench[.bankB].state.links[.bankA]?.key
    }

    @Test("The new key is taken with its entry, in one commit, and counts from then on")
    func taken() throws {
        var bench = Self.rotated()
        let outcome = bench.deliver(Letter(from: .bankA, to: .bankB, 1))
        #expect(outcome.allEntries == [.keyTaken(.bankA), .read(.bankA)])
        #expect(outcome.commitCount == 1)
        #expect(Self.key(bench) == Self.newKey.publicKey)
        let newest = bench[.bankB].commits.count - 1
        try bench[.bankB].restart(from: bench[.bankB].snapshot(after: newest))
        #expect(Self.key(bench) == Self.newKey.publicKey)
        bench.begin(Self.payment)
        bench.deliverAll()
        #expect(bench[.bob].available == 100)
        try bench.expectSettledBooks()
    }

    @Test("Under a header that the new key signs, nothing counts before the key is taken")
    func tooEarly() throws {
        var bench = Self.rotated()
        bench.begin(Self.payment)
        let excerpt = bench[.bankA].shelf.excerpt(
            of: 1...1, for: .bankB, naming: nil, under: bench[.bankA].shelf.newest)
        let outcome = bench.show(excerpt, to: .bankB, on: .bankA)
        #expect(outcome.events.isEmpty)
        #expect(outcome.drops == [.notTaken(.bankA, .otherKey): 1])
        #expect(outcome.notices == [.sayAgain(.bankA)])
        #expect(Self.key(bench) == BenchNode.key(of: .bankA).publicKey)
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("Once the new key is taken, what the old one signs says nothing, and denies nothing")
    func retired() throws {
        var bench = Bench()
        bench.begin(Self.payment)
        bench.deliverNext()
        // An attacker has the old key, and continues the log as it was.
        var evil = bench
        bench.rotateKey(of: .bankA, to: Self.newKey)
        bench.deliverAll()
        for trip in [Trip(Self.payment.route, number: 7), Trip(Self.payment.route, number: 8)] {
            evil.now = evil.now + .seconds(1)
            _ = evil.write(trip.word(.reserve, 1))
        }
        for number in 2...3 as ClosedRange<UInt64> {
            let excerpt = evil[.bankA].shelf.excerpt(
                of: number...number, for: .bankB, naming: evil.header(on: Self.line))
            let outcome = bench.show(excerpt, to: .bankB, on: .bankA)
            #expect(outcome.events.isEmpty)
        }
        #expect(!bench[.bankB].state.isSuspended(.bankA))
        bench.begin(Trip(Self.payment.route, number: 2))
        bench.deliverAll()
        #expect(bench[.bob].available == 200)
        try bench.expectSettledBooks()
    }

    @Test("Both banks change their keys at once, with payments crossing, and continue")
    func both() throws {
        var bench = Bench()
        bench.begin(Self.payment)
        bench.begin(Trip(.pay(eur(7), from: .bea, to: .alice), number: 2))
        bench.rotateKey(of: .bankA, to: Self.newKey)
        bench.rotateKey(of: .bankB, to: BenchNode.key(of: .bankC))
        bench.begin(Trip(.pay(eur(1), from: .alice, to: .bob), number: 3))
        bench.begin(Trip(.pay(eur(2), from: .bea, to: .alice), number: 4))
        bench.deliverAll()
        #expect(bench.balances(.bob) == [101, 0, 0])
        #expect(bench.balances(.alice) == [908, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("An acknowledgment alone counts under a key that was only announced, until a restart")
    func announced() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(7), from: .bea, to: .alice), number: 2))
        bench.begin(Self.payment)
        bench.rotateKey(of: .bankA, to: Self.newKey)
        bench.deliver(Letter(from: .bankB, to: .bankA, 1))
        let read = try #require(bench[.bankA].shelf.read(for: .bankB))
        #expect(
            bench.show(read, to: .bankB, on: .bankA).drops == [.notTaken(.bankA, .otherKey): 1])
        // The entry with the key comes alone, before the payment in front of it.
        let alone = bench.deliver(Letter(from: .bankA, to: .bankB, 2))
        #expect(alone.events.isEmpty)
        #expect(alone.drops == [.notTaken(.bankA, .gap): 1])
        let heard = bench.show(read, to: .bankB, on: .bankA)
        let said = try #require(read.read?.read)
        #expect(heard.events.isEmpty && heard.drops.isEmpty)
        #expect(heard.notices == [.heard(.bankA, said)])
        // It counts for nothing else, and no entry remembers it.
        #expect(Self.key(bench) == BenchNode.key(of: .bankA).publicKey)
        try bench[.bankB].restart()
        #expect(
            bench.show(read, to: .bankB, on: .bankA).drops == [.notTaken(.bankA, .otherKey): 1])
        bench.deliverEverything()
        try bench.expectSettledBooks()
    }

    @Test("People may compare another key of a peer of which nothing was taken")
    func comparedAgain() throws {
        var bench = Bench()
        let key = BenchNode.key(of: .bankA).publicKey
        let other = bench.comparePeerKey(of: .bankA, Self.newKey.publicKey, at: .bankB)
        #expect(other.answer == .applied && other.entries == [.keyCompared(.bankA)])
        let right = bench.comparePeerKey(of: .bankA, key, at: .bankB)
        #expect(right.answer == .applied && right.entries == [.keyCompared(.bankA)])
        bench.begin(Self.payment)
        bench.deliverEverything()
        #expect(Self.key(bench) == key)
        try bench.expectReplayEqualsLive()
        try bench.expectSettledBooks()
    }

    @Test("People compare a key for a new peer or after a loss; else the peer's log says it")
    func compared() throws {
        var bench = Bench()
        bench.begin(Self.payment)
        bench.deliverEverything()
        let same = bench.comparePeerKey(of: .bankA, at: .bankB)
        #expect(same.answer == .duplicate(of: .applied) && same.events.isEmpty)
        let other = bench.comparePeerKey(of: .bankA, Self.newKey.publicKey, at: .bankB)
        #expect(other.answer == .conflict && other.events.isEmpty)
        let stranger = bench.comparePeerKey(of: .moon, Self.newKey.publicKey, at: .bankB)
        #expect(stranger.answer == .unknownPeer && stranger.events.isEmpty)
        // Configured, and not yet known: nothing continues there before its key is compared.
        bench[.bankB].configuration.peers.insert(.moon)
        try bench[.bankB].restart()
        let toTheMoon = Trip(Route.pay(eur(1), from: .bea, to: .alice).then(.moon, .take(1)))
        #expect(bench[.bankB].state.links[.moon] == nil)
        let direct = Trip(Route([(.bankB, [.take(1)]), (.moon, [.take(1)])]), number: 2)
        bench.stock(1, at: .bankB)
        #expect(bench.begin(direct).answer == .refused(.unknownPeer))
        let added = bench.comparePeerKey(of: .moon, Self.newKey.publicKey, at: .bankB)
        #expect(added.answer == .applied)
        #expect(added.entries == [.keyCompared(.moon)])
        #expect(added.notices == [.linkChanged(.moon)])
        #expect(added.events.map(\.principal) == [Cast.ada])
        let later = Trip(direct.route, number: 3)
        #expect(bench.begin(later).answer == .applied)
        #expect(bench.begin(toTheMoon).answer == .applied)
        bench.mail = []
        try bench.expectReplayEqualsLive()
    }
}
