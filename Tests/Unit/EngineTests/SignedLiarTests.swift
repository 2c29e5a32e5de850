import Chain
import Links
import Saga
import TestKit
import Testing

@testable import Engine

/// bank-a signs, with the key that counts, entries with the next numbers that no engine writes. Of
/// bank-b it gets no further than its own dead letters: nothing ends the engine, and the log folds.
@Suite struct SignedLiarTests {
    private static let line = Line(from: .bankA, to: .bankB)

    /// What bank-b knows of bank-a.
    private static func link(_ bench: Bench) -> LinkInbox {
        known(bench[.bankB].state.links[.bankA])
    }

    @Test("A timeline of another number than its commit's is refused, and not answered")
    func otherTimeline() throws {
        var bench = Bench(empty: [.bankA, .bankB])
        var liar = Liar()
        let name = TimelineName(number: 1_000, fork: .of(9))
        liar.write([.timeline(NewTimeline(name, position: .start, commitHash: .zero))])
        let outcome = bench.show(liar.excerpt(of: 1...1), to: .bankB, on: .bankA)
        #expect(outcome.allEntries == [.quarantined(.unreadable), .read(.bankA)])
        #expect(Self.link(bench).accepted == nil && Self.link(bench).next == 2)
        try bench[.bankB].restart()
        liar.write([.step([1])])
        let next = bench.show(
            liar.excerpt(of: 2...2, naming: bench.header(on: Self.line)), to: .bankB, on: .bankA)
        #expect(next.allEntries == [.quarantined(.unreadable), .read(.bankA)])
        try bench.expectReplayEqualsLive()
    }

    @Test("An accepted in another timeline than its commit's accepts nothing, and a true one does")
    func otherOwnTimeline() throws {
        var bench = Bench(empty: [.bankA, .bankB])
        bench.startTimeline(at: .bankB)
        bench.comparePeerKeys(at: .bankB)
        let awaited = known(bench[.bankB].state.timeline)
        var liar = Liar()
        let own = TimelineName(number: 1_000, fork: .of(9))
        liar.write([.accepted(Accepted(awaited, own: own))])
        let refused = bench.show(liar.excerpt(of: 1...1), to: .bankB, on: .bankA)
        #expect(refused.events.isEmpty)
        #expect(refused.drops == [.notTaken(.bankA, .notAccepted): 1])
        liar.write([.accepted(Accepted(awaited, own: nil)), .accepted(Accepted(awaited, own: own))])
        let answered = bench.show(liar.excerpt(of: 1...3), to: .bankB, on: .bankA)
        #expect(
            answered.allEntries
                == [.peerAnswered(.bankA), .quarantined(.unreadable), .read(.bankA)])
        #expect(Self.link(bench).accepted == nil && Self.link(bench).next == 4)
        try bench[.bankB].restart()
        try bench.expectReplayEqualsLive()
    }

    @Test("One key in two entries is taken by the one that counts, where a commit ends in between")
    func oneKeyTwice() throws {
        var bench = Bench(empty: [.bankA, .bankB])
        var liar = Liar()
        let key = Shown.What.key(Liar.keys[1].publicKey)
        // Each makes a dead letter of its length.
        let long = Shown.What.step([UInt8](repeating: 1, count: 4_000))
        liar.write([key] + Array(repeating: long, count: 100))
        liar.write([key])
        let outcome = bench.show(liar.excerpt(of: 1...102), to: .bankB, on: .bankA)
        #expect(outcome.commitCount > 1)
        #expect(
            outcome.entries
                == Array(repeating: .quarantined(.unreadable), count: 100) + [.keyTaken(.bankA)])
        #expect(Self.link(bench).key == Liar.keys[1].publicKey && Self.link(bench).next == 103)
        try bench[.bankB].restart()
        try bench.expectReplayEqualsLive()
    }

    /// Earlier timelines that no log can hold before timeline 2: the timeline, the number of its
    /// entry, and the position.
    private static let impossibleOnes: [[[UInt64]]] = [
        [[1, 0, 1]], [[0, 1, 1]], [[2, 1, 1]], [[1, 1, 999]], [[1, 0, 0]],
    ]

    @Test(
        "A timeline that names impossible ones is refused, and cuts nothing off",
        arguments: impossibleOnes)
    func impossible(_ earlier: [[UInt64]]) throws {
        var bench = Bench(empty: [.bankA, .bankB])
        var liar = Liar()
        liar.write([.step([1])])
        liar.write([.step([2])])
        bench.show(liar.excerpt(of: 1...2), to: .bankB, on: .bankA)
        // In the place of what was taken.
        var other = liar.first(1)
        other.writeTimeline(2, naming: earlier)
        let outcome = bench.show(other.excerpt(of: 2...2), to: .bankB, on: .bankA)
        #expect(outcome.events.isEmpty)
        #expect(outcome.drops == [.notTaken(.bankA, .old): 1])
        #expect(!bench[.bankB].state.isSuspended(.bankA))
        #expect(bench.acceptPeer(.bankA, at: .bankB).answer == .duplicate(of: .applied))
        // And behind it.
        liar.writeTimeline(2, naming: earlier)
        let taken = bench.show(
            liar.excerpt(of: 3...3, naming: bench.header(on: Self.line)), to: .bankB, on: .bankA)
        #expect(taken.allEntries == [.quarantined(.unreadable), .read(.bankA)])
        try bench[.bankB].restart()
        try bench.expectReplayEqualsLive()
    }

    // MARK: - Anything

    @Test("Nothing that a peer signs ends the engine, and replay equals live", arguments: 1...120)
    func walk(_ seed: Int) throws {
        var play = LiarPlay(seed: UInt64(seed))
        for _ in 0..<25 { try play.step() }
        play.flush()
        try play.bench.expectReplayEqualsLive()
    }

    @Test("The walk reaches all that entries of a peer can cause")
    func reached() throws {
        var kinds: Set<String> = []
        for seed in 1...60 as ClosedRange<UInt64> {
            var play = LiarPlay(seed: seed)
            for _ in 0..<25 { try play.step() }
            play.flush()
            kinds.formUnion(play.kinds)
        }
        let wanted: Set<String> = [
            "decided", "quarantined", "read", "keyTaken", "peerAccepted", "peerAnswered",
            "peerSuspended",
        ]
        #expect(kinds.isSuperset(of: wanted), "\(wanted.subtracting(kinds))")
    }
}
