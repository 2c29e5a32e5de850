import Chain
import Ledger
import LedgerWire
import MessageBus
import Saga
import Testing
import Wire

@testable import Engine

/// Records that fail verification are kept within a separate budget for each cause and peer.
@Suite struct DeadLetterTests {
    /// Room for three of each peer and cause, and for one of each cause where no peer is known.
    private static var narrow: Bench {
        var limits = Limits()
        limits.quarantineMax = 3
        return Bench(limits: limits)
    }

    /// An answer that bank-b never asked bank-a for.
    private static func unexpectedAnswer(_ number: UInt64) -> Message {
        Trip(Route.pay(eur(1), from: .alice, to: .bob).then(.shop, .take(1)), number: number)
            .message(.confirm, 1)
    }

    private static func garbage(_ number: UInt8) -> Record {
        Record(key: [], headers: [], value: [0xFF, 0xFF, number])
    }

    @Test("A peer's are kept up to a limit, also across a restart, and counted beyond it")
    func limit() throws {
        var bench = Self.narrow
        let outcomes = (1...5 as ClosedRange<UInt64>).map {
            bench.deliver(Self.unexpectedAnswer($0))
        }
        #expect(outcomes.map(\.entries.count) == [1, 1, 1, 0, 0])
        let source = DeadLetterSource(.unexpectedAnswer, on: .shop, from: .shop)
        #expect(outcomes.map(\.batch.drops) == [[:], [:], [:]] + [[.overBudget(source): 1]] * 2)
        #expect(bench[.bankB].state.quarantined == 3)
        try bench[.bankB].restart()
        #expect(bench.deliver(Self.unexpectedAnswer(6)).entries == [])
        let trip = Trip(.pay(eur(1), from: .alice, to: .bob), number: 7)
        #expect(bench.deliver(trip.message(.reserve, 1)).entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test("Garbage of no sender uses up its own budget only: what a peer contradicts is kept")
    func garbageHidesNothing() throws {
        var bench = Self.narrow
        let kept = (0..<20 as Range<UInt8>).map { number in
            let garbage = bench[.bankB].receive(Self.garbage(number))
            return bench.at(.bankB, [garbage]).entries.count
        }
        #expect(kept.reduce(0, +) == 1)
        #expect(
            bench.deliver(Self.unexpectedAnswer(1)).entries == [.quarantined(.unexpectedAnswer)])
        let letters = bench[.bankB].state.deadLetters.mapValues(\.count)
        #expect(
            letters == [
                DeadLetterSource(.unreadable, on: .bankA, from: nil): 1,
                DeadLetterSource(.unexpectedAnswer, on: .shop, from: .shop): 1,
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
            bench.deliver(other.message(.confirm, 1)).entries == [.quarantined(.unexpectedAnswer)])
    }

    @Test("A copied record of a peer counts once, so replaying it does not raise the peer's count")
    func replayed() throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.begin(trip)
        bench.deliver(trip.message(.cancel, 0))
        let contradiction = trip.message(.confirm, 0)
        #expect(bench.deliver(contradiction).entries == [.quarantined(.contradiction)])
        let source = DeadLetterSource(.contradiction, on: .bankB, from: .bankB)
        try bench[.bankA].restart()
        for _ in 1...5 {
            let outcome = bench.deliver(contradiction)
            #expect(outcome.entries.isEmpty)
            #expect(outcome.batch.drops == [.repeated(source): 1])
        }
        #expect(bench[.bankA].state.deadLetters[source]?.count == 1)
        try bench.expectReplayEqualsLive()
    }

    @Test("A header that no known key signed is a dead letter of the peer that authenticated it")
    func unsignedHeader() {
        var bench = Bench()
        var history = WitnessTests.History()
        history.key = SigningKey()
        let input = bench[.bankB].receive(WitnessTests.witness(history.next()))
        bench.at(.bankB, [input])
        let source = DeadLetterSource(.unauthenticated, on: .bankA, from: .bankA)
        #expect(bench[.bankB].state.deadLetters[source]?.count == 1)
    }

    @Test("A snapshot says where they come from, and what is counted of each")
    func snapshot() throws {
        var bench = Self.narrow
        for number in 1...4 as ClosedRange<UInt64> { bench.deliver(Self.unexpectedAnswer(number)) }
        let garbage = bench[.bankB].receive(Self.garbage(1))
        bench.at(.bankB, [garbage])
        let state = bench[.bankB].state
        #expect(try State<Party>(encoded: state.encoded()) == state)
        let last = bench[.bankB].checkpoints.count - 1
        try bench[.bankB].restart(from: bench[.bankB].snapshot(after: last))
        #expect(bench.deliver(Self.unexpectedAnswer(1)).batch.dropped == 1)
        #expect(bench.deliver(Self.unexpectedAnswer(9)).batch.dropped == 1)
        try bench.expectReplayEqualsLive()
    }

    @Test("A snapshot from before sources were counted is read; one that says too much is not")
    func olderSnapshot() throws {
        var bench = Bench()
        bench.deliver(Self.unexpectedAnswer(1))
        var state = bench[.bankB].state
        let source = DeadLetterSource(.unexpectedAnswer, on: .shop, from: .shop)
        state.deadLetters[source]?.count = 2
        let bytes = state.encoded()
        #expect(throws: WireError.self) { try State<Party>(encoded: bytes) }
        state.deadLetters = [:]
        #expect(try State<Party>(encoded: state.encoded()) == state)
    }
}

extension Array {
    fileprivate static func * (list: Self, count: Int) -> Self {
        Array(repeatElement(list, count: count).joined())
    }
}
