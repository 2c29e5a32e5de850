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

    @Test("A peer's reserve at the limit is dropped as if lost, counted, and taken later")
    func peer() throws {
        var bench = Self.narrow
        let route = Self.first.route
        let held = Trip(route.then(.shop, .take(1)), number: 3)
        let other = Trip(route.then(.shop, .take(1)), number: 4)
        bench.deliver(held.message(.reserve, 1))
        let outcome = bench.deliver(other.message(.reserve, 1))
        #expect(outcome.isSilent)
        #expect(outcome.batch.dropped == 1)
        #expect(bench[.bankB].state[other.saga] == nil)
        // What ends at once takes no room.
        let last = bench.deliver(Self.second.message(.reserve, 1))
        #expect(last.entries == [.decided(.confirmed)])
        bench.deliver(held.message(.confirm, 1))
        let again = bench.deliver(other.message(.reserve, 1))
        #expect(again.entries == [.decided(.reserved)])
        #expect(again.batch.dropped == 0)
        try bench.expectReplayEqualsLive()
    }

    @Test("Answers and abandons are always taken")
    func answers() {
        var bench = Self.narrow
        let held = Trip(Self.first.route.then(.shop, .take(1)), number: 3)
        bench.deliver(held.message(.reserve, 1))
        #expect(
            bench.deliver(Self.second.message(.abandon, 1)).entries
                == [.decided(.cancelled, .abandoned)])
        #expect(bench.deliver(held.message(.abandon, 1)).sent.count == 1)
        #expect(bench.deliver(held.message(.cancel, 1)).entries == [.decided(.cancelled, .soldOut)])
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
        bench.deliver(trips[0].message(.confirm, 0))
        bench.deliver(trips[1].message(.cancel, 0))
        try bench[.bankA].restart()
        #expect(bench[.bankA].state.openSagas == 2)
    }
}
