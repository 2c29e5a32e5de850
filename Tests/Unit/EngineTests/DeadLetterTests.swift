import Chain
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// Entries of peers that are proved and refused are kept within a budget for each cause and peer.
@Suite struct DeadLetterTests {
    /// Room for three of each peer and cause.
    private static var narrow: Bench {
        var limits = Limits()
        limits.quarantineMax = 3
        return Bench(limits: limits)
    }

    /// An answer that bank-b never asked the shop for.
    private static func unexpectedAnswer(_ number: UInt64) -> Word {
        Trip(Route.pay(eur(1), from: .alice, to: .bob).then(.shop, .take(1)), number: number)
            .word(.confirm, 1)
    }

    private static let fromShop = Line(from: .shop, to: .bankB)
    private static let unexpected = DeadLetterSource(.unexpectedAnswer, from: .shop)

    /// The shop writes bytes that say nothing about a step.
    private static func garbage(_ bench: inout Bench) -> Outcome {
        let number = bench[.shop].shelf.given(to: .bankB) + 1
        let shown = Shown(to: .bankB, number: number, .step([0xFF])).encoded()
        let letter = bench.write(
            EntryParts(shown: shown, kept: [1]), under: CommandID(1), on: fromShop)
        return bench.deliver(letter)
    }

    @Test("A peer's are kept up to a limit, also across a restart, and counted beyond it")
    func limit() throws {
        var bench = Self.narrow
        let outcomes = (1...5 as ClosedRange<UInt64>).map {
            bench.deliver(Self.unexpectedAnswer($0))
        }
        #expect(outcomes.map(\.entries.count) == [1, 1, 1, 0, 0])
        let over: [Drop: Int] = [.overBudget(Self.unexpected): 1]
        #expect(outcomes.map(\.drops) == [[:], [:], [:], over, over])
        // Each was taken: the peer does not show it again.
        #expect(outcomes.map { $0.reads.map(\.read.number) } == [[1], [2], [3], [4], [5]])
        #expect(bench[.bankB].state.quarantined == 3)
        try bench[.bankB].restart()
        #expect(bench.deliver(Self.unexpectedAnswer(6)).entries == [])
        let trip = Trip(.pay(eur(1), from: .alice, to: .bob), number: 7)
        #expect(bench.deliver(trip.word(.reserve, 1)).entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test("One cause uses up its own budget only: what a peer contradicts is kept")
    func causesApart() throws {
        var bench = Self.narrow
        var kept = 0
        for _ in 0..<20 { kept += Self.garbage(&bench).entries.count }
        #expect(kept == 3)
        #expect(
            bench.deliver(Self.unexpectedAnswer(1)).entries == [.quarantined(.unexpectedAnswer)])
        #expect(
            bench[.bankB].state.deadLetters == [
                DeadLetterSource(.unreadable, from: .shop): 3, Self.unexpected: 1,
            ])
        try bench.expectReplayEqualsLive()
    }

    @Test("One peer's do not use up another's budget")
    func peersApart() {
        var bench = Self.narrow
        for number in 1...9 as ClosedRange<UInt64> { bench.deliver(Self.unexpectedAnswer(number)) }
        let other = Trip(
            Route.pay(eur(1), from: .alice, to: .bob).then(.hub, .take(1)), number: 10)
        #expect(
            bench.deliver(other.word(.confirm, 1)).entries == [.quarantined(.unexpectedAnswer)])
    }

    @Test("A record that is shown again counts once: only the peer itself can make more")
    func replayed() throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.begin(trip)
        bench.deliver(trip.word(.cancel, 0))
        #expect(bench.deliver(trip.word(.confirm, 0)).entries == [.quarantined(.contradiction)])
        let source = DeadLetterSource(.contradiction, from: .bankB)
        try bench[.bankA].restart()
        for _ in 1...5 {
            let outcome = bench.deliver(Letter(from: .bankB, to: .bankA, 2))
            #expect(outcome.events.isEmpty)
            #expect(outcome.drops == [.notTaken(.bankB, .old): 1])
        }
        #expect(bench[.bankA].state.deadLetters[source] == 1)
        bench.deliver(trip.word(.confirm, 0))
        #expect(bench[.bankA].state.deadLetters[source] == 2)
        try bench.expectReplayEqualsLive()
    }

    @Test("What proves nothing is no peer's: it is counted as dropped, and kept nowhere")
    func unproved() {
        var bench = Bench()
        var evil = bench
        let letter = evil.write(Self.unexpectedAnswer(1), by: SigningKey())
        let excerpt = evil[.shop].shelf.excerpt(
            of: letter.number...letter.number, for: .bankB, naming: nil)
        let outcome = bench.show(excerpt, to: .bankB, on: .shop)
        #expect(outcome.events.isEmpty)
        #expect(outcome.drops == [.notTaken(.shop, .otherKey): 1])
        #expect(bench.show(nil, to: .bankB, on: .shop).drops == [.noExcerpt(.shop): 1])
        #expect(bench.show(excerpt, to: .bankB, on: .moon).drops == [.stranger(.moon): 1])
        #expect(bench[.bankB].state.quarantined == 0)
    }

    @Test("What a dead letter showed is kept with its number, and only its beginning if long")
    func kept() throws {
        var bench = Bench()
        var word = Trip(.pay(eur(1), from: .alice, to: .bob)).word(.reserve, 1)
        word.content = [UInt8](repeating: 0xFF, count: Content<Action>.bytesMax + 1)
        word.step = StepID(
            saga: SagaID(CommandID(1), contentHash: .sha256(of: word.content)), number: 1)
        let outcome = bench.deliver(word)
        guard case .quarantined(let letter)? = outcome.events.first else {
            Issue.record("a content that is too long is refused")
            return
        }
        #expect(letter.cause == .unreadable && letter.peer == .bankA && letter.number == 1)
        let commit = try #require(bench[.bankA].commits.last)
        #expect(letter.shown == commit.entries[0].parts.shown)
        let long = Shown(to: .bankB, number: 2, .step([UInt8](repeating: 1, count: 10_000)))
        let next = bench.write(
            EntryParts(shown: long.encoded(), kept: [1]), under: CommandID(1),
            on: Line(from: .bankA, to: .bankB))
        guard case .quarantined(let cut)? = bench.deliver(next).events.first else {
            Issue.record("what is no step is refused")
            return
        }
        #expect(cut.shown == Array(long.encoded().prefix(Quarantined.shownBytesMax)))
        try bench.expectReplayEqualsLive()
    }

    @Test("A snapshot says where they come from, and how many there are of each")
    func snapshot() throws {
        var bench = Self.narrow
        for number in 1...4 as ClosedRange<UInt64> { bench.deliver(Self.unexpectedAnswer(number)) }
        _ = Self.garbage(&bench)
        var state = bench[.bankB].state
        #expect(try State<Party>(encoded: state.encoded()) == state)
        let last = bench[.bankB].checkpoints.count - 1
        try bench[.bankB].restart(from: bench[.bankB].snapshot(after: last))
        #expect(bench.deliver(Self.unexpectedAnswer(9)).dropped == 1)
        try bench.expectReplayEqualsLive()
        state.deadLetters[Self.unexpected] = 2
        let bytes = state.encoded()
        #expect(throws: WireError.self) { try State<Party>(encoded: bytes) }
    }
}
