import Engine
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing

/// Clients and peers retry later at the limit of open sagas.
@Suite struct OpenLimitTests {
    /// Room for one open saga only.
    static var narrow: Bench {
        var limits = Limits()
        limits.openSagasMax = 1
        return Bench(limits: limits)
    }

    static let first = Trip(.pay(eur(100), from: .alice, to: .bob))
    static let second = Trip(.pay(eur(50), from: .alice, to: .bob), number: 2)

    @Test("A client at the limit is busy, nothing is remembered, and the retry succeeds")
    func client() {
        var bench = Self.narrow
        bench.begin(Self.first)
        let before = bench[.bankA].state
        for _ in 1...2 {
            let outcome = bench.begin(Self.second)
            #expect(outcome.answer == .busy)
            #expect(outcome.entries == [])
        }
        #expect(bench[.bankA].state == before)
        #expect(bench.begin(Self.first).answer == .duplicate(of: .applied))
        bench.deliverAll()
        #expect(bench.begin(Self.second).answer == .applied)
    }

    @Test("Operations are not sagas: the limit does not concern them")
    func operations() {
        var bench = Self.narrow
        bench.begin(Self.first)
        let outcome = bench.operate(at: .bankA, .deposit(eur(5), to: .alice))
        #expect(outcome.answer == .applied)
    }

    @Test("A peer's reserve at the limit is refused, and stays so; another one is taken later")
    func peer() throws {
        var bench = Self.narrow
        let route = Self.first.route
        let held = Trip(route.then(.shop, .take(1)), number: 3)
        let other = Trip(route.then(.shop, .take(1)), number: 4)
        bench.deliver(held.word(.reserve, 1))
        let outcome = bench.deliver(other.word(.reserve, 1))
        #expect(outcome.entries == [.decided(.cancelled, .tooManyOpen)])
        #expect(outcome.sent == [Sent(.cancel, 0, to: .bankA, .tooManyOpen)])
        #expect(outcome.dropped == 0)
        // What ends at once takes no room.
        let last = bench.deliver(Self.second.word(.reserve, 1))
        #expect(last.entries == [.decided(.confirmed)])
        bench.deliver(held.word(.confirm, 1))
        #expect(bench.deliver(other.word(.reserve, 1)).entries == [.repeated(.cancelled)])
        let later = Trip(route.then(.shop, .take(1)), number: 5)
        #expect(bench.deliver(later.word(.reserve, 1)).entries == [.decided(.reserved)])
        try bench.expectReplayEqualsLive()
    }

    @Test("Peers fill three quarters of the room; the rest is for the node's own clients")
    func ofClients() throws {
        var limits = Limits()
        limits.openSagasMax = 4
        var bench = Bench(limits: limits)
        let trips = (3...7).map { Trip(Self.first.route.then(.shop, .take(1)), number: $0) }
        let refused = [Recorded.decided(.cancelled, .tooManyOpen)]
        for trip in trips.prefix(3) {
            #expect(bench.deliver(trip.word(.reserve, 1)).entries == [.decided(.reserved)])
        }
        #expect(bench.deliver(trips[3].word(.reserve, 1)).entries == refused)
        let own = (8...9).map { Trip(.pay(eur(1), from: .bea, to: .alice), number: $0) }
        #expect(bench.begin(own[0]).answer == .applied)
        #expect(bench.begin(own[1]).answer == .busy)
        // What clients have open counts for peers too.
        bench.deliver(trips[0].word(.confirm, 1))
        #expect(bench.deliver(trips[4].word(.reserve, 1)).entries == refused)
        #expect(bench.begin(own[1]).answer == .applied)
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "Three quarters are rounded up",
        arguments: [
            (0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (8, 6), (9, 7), (100_000, 75_000),
        ])
    func quarters(_ all: Int, _ ofPeers: Int) {
        var limits = Limits()
        limits.openSagasMax = all
        #expect(limits.openSagasForPeersMax == ofPeers)
    }

    @Test("Answers and abandons are always taken")
    func answers() {
        var bench = Self.narrow
        let held = Trip(Self.first.route.then(.shop, .take(1)), number: 3)
        bench.deliver(held.word(.reserve, 1))
        #expect(bench.deliver(held.word(.abandon, 1)).sent.count == 1)
        #expect(bench.deliver(held.word(.cancel, 1)).entries == [.decided(.cancelled, .soldOut)])
    }

    @Test("A saga that is open here already may come back: it takes no more room")
    func secondStep() {
        var bench = Self.narrow
        bench.stock(1, at: .bankA)
        let trip = Trip(.twice(eur(10)))
        bench.begin(trip)
        bench.deliverAll()
        #expect(bench[.bob].available == 10)
        #expect(bench[.bankA].state.openSagas == 0)
    }

    @Test("The count of open sagas follows them, also over a restart")
    func count() throws {
        var bench = Bench()
        let trips = (1...4).map { Trip(.pay(eur(10), from: .alice, to: .bob), number: $0) }
        for trip in trips { bench.begin(trip) }
        #expect(bench[.bankA].state.openSagas == 4)
        bench.deliver(trips[0].word(.confirm, 0))
        bench.deliver(trips[1].word(.cancel, 0))
        try bench[.bankA].restart()
        #expect(bench[.bankA].state.openSagas == 2)
    }
}
