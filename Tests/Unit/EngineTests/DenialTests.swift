import Chain
import Ledger
import LedgerWire
import Links
import Saga
import TestKit
import Testing
import Wire

@testable import Engine

/// A peer that has denied a log is suspended until people say that both logs are whole again.
@Suite struct DenialTests {
    private static func payment(_ number: UInt64) -> Trip {
        Trip(.pay(eur(100), from: .alice, to: .bob), number: number)
    }

    private static func back(_ number: UInt64) -> Trip {
        Trip(.pay(eur(7), from: .bea, to: .alice), number: number)
    }

    /// bank-b was started on a backup that lacks its newest commit, of which bank-a had taken all,
    /// and made another in its place. Since then it has its whole log again.
    private static func denied() throws -> (bench: Bench, lie: Excerpt) {
        var bench = Bench()
        bench.begin(payment(1))
        bench.deliverAll()
        var backup = bench
        try backup[.bankB].lose(keeping: bench[.bankB].commits.count - 1)
        backup.at(
            .bankB,
            (101...102 as ClosedRange<UInt64>).map { backup.input(of: .begin(back($0).begin)) })
        let lie = backup[.bankB].shelf.excerpt(of: 1...2, for: .bankA, naming: nil)
        let outcome = bench.show(lie, to: .bankA, on: .bankB)
        #expect(outcome.allEntries == [.peerSuspended(.bankB)])
        return (bench, lie)
    }

    @Test("People end a denial, nothing that was taken is lost or comes twice, and banks settle")
    func lifted() throws {
        var (bench, _) = try Self.denied()
        let before = try #require(bench[.bankA].state.links[.bankB])
        #expect(before.suspension == .denied(.contradiction))
        // That its log is whole again ends nothing by itself.
        bench.begin(Self.back(2))
        #expect(bench.deliverNext().drops == [.notTaken(.bankB, .suspended): 1])
        #expect(bench.begin(Self.payment(3)).answer == .refused(.suspendedPeer))

        let accepted = bench.acceptPeer(.bankB, at: .bankA)
        #expect(accepted.answer == .applied)
        #expect(accepted.allEntries == [.keyCompared(.bankB)])
        #expect(accepted.events.map(\.principal) == [Cast.ada])
        #expect(accepted.notices == [.linkChanged(.bankB)])
        let after = try #require(bench[.bankA].state.links[.bankB])
        #expect(after.suspension == nil && after.key == before.key)
        #expect(after.next == before.next && after.newest == before.newest)
        #expect(after.acknowledged == before.acknowledged)
        #expect(bench.acceptPeer(.bankB, at: .bankA).answer == .duplicate(of: .applied))

        try bench[.bankA].restart()
        #expect(!bench[.bankA].state.isSuspended(.bankB))
        bench.begin(Self.payment(4))
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [807, 0, 0])
        #expect(bench.balances(.bob) == [200, 0, 0])
        #expect(bench.balances(.bea) == [993, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("What was in progress while the peer was denied is settled after that")
    func inProgress() throws {
        var (bench, lie) = try Self.denied()
        bench.acceptPeer(.bankB, at: .bankA)
        let trip = Self.payment(5)
        bench.begin(trip)
        bench.deliverNext()
        #expect(bench[.bankB].state.stepState(trip.step(1)) == .confirmed)
        // bank-b is denied before its answer is taken.
        bench.show(lie, to: .bankA, on: .bankB)
        bench.deliverAll()
        #expect(bench.balances(.alice) == [800, 100, 0])
        bench.acceptPeer(.bankB, at: .bankA)
        bench.deliverEverything()
        #expect(bench[.bankA].state.stepState(trip.step(0)) == .confirmed)
        #expect(bench.balances(.alice) == [800, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A peer that still denies is suspended again at once")
    func again() throws {
        var (bench, lie) = try Self.denied()
        for _ in 1...2 {
            bench.acceptPeer(.bankB, at: .bankA)
            #expect(!bench[.bankA].state.isSuspended(.bankB))
            let outcome = bench.show(lie, to: .bankA, on: .bankB)
            #expect(outcome.allEntries == [.peerSuspended(.bankB)])
        }
        #expect(bench.balances(.alice) == [900, 0, 0])
        try bench.expectReplayEqualsLive()
    }

    @Test("No key ends a denial: neither one that is added again, nor another")
    func byKey() throws {
        var (bench, _) = try Self.denied()
        let other = BenchNode.key(of: .moon).publicKey
        #expect(bench.comparePeerKey(of: .bankB, at: .bankA).answer == .duplicate(of: .applied))
        #expect(bench.comparePeerKey(of: .bankB, other, at: .bankA).answer == .conflict)
        #expect(bench.acceptPeer(.bankB, under: other, at: .bankA).answer == .timelineNotShown)
        #expect(bench[.bankA].state.isSuspended(.bankB))
        let same = bench[.bankB].key.publicKey
        #expect(bench.acceptPeer(.bankB, under: same, at: .bankA).answer == .applied)
        #expect(!bench[.bankA].state.isSuspended(.bankB))
        try bench.expectReplayEqualsLive()
    }

    @Test("A denied peer that begins a new timeline has that accepted")
    func timeline() throws {
        var (bench, _) = try Self.denied()
        bench.startTimeline(at: .bankB)
        bench.comparePeerKeys(at: .bankB)
        bench.acceptForks(of: .bankB)
        let link = try #require(bench[.bankA].state.links[.bankB])
        #expect(link.accepted == TimelineName(number: 1, fork: .of(1)))
        #expect(link.suspension == nil)
        bench.begin(Self.payment(2))
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [800, 0, 0] && bench.balances(.bob) == [200, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A new timeline that waits for people is no denial: no compared key accepts it")
    func fork() throws {
        var bench = Bench()
        let kept = bench[.bankA].commits.count
        bench.begin(Self.payment(1))
        bench.deliverNext()
        try bench.lose(.bankA, keeping: kept)
        bench.deliver(Letter(from: .bankA, to: .bankB, 1))
        let suspended = try #require(bench[.bankB].state.links[.bankA]?.suspension)
        guard case .forked = suspended else { throw FoldFault("\(suspended)") }
        #expect(bench.comparePeerKey(of: .bankA, at: .bankB).answer == .duplicate(of: .applied))
        #expect(bench[.bankB].state.links[.bankA]?.suspension == suspended)
        // Nor could the log say so.
        var state = bench[.bankB].state
        let compared = Event<Fact>.peerKeyCompared(
            .bankA, publicKey: bench[.bankA].key.publicKey.bytes, by: Cast.ada)
        #expect(throws: FoldFault.self) { try state.apply(compared) }
        #expect(bench.acceptPeer(.bankA, at: .bankB).allEntries.first == .peerAccepted(.bankA))
    }
}
