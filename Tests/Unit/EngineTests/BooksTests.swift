import Engine
import Ledger
import LedgerWire
import Saga
import Testing

/// What a transfer does to the books of every node on its way, entry by entry.
@Suite struct BooksTests {
    @Test("A transfer between two banks settles with two records, three entries and two reads")
    func direct() throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        let start = bench.entryCount
        bench.begin(trip)
        #expect(bench.balances(.alice) == [900, 100, 0])
        #expect(bench.clearing(.bankA, .bankB) == [0, 0, 100])
        bench.deliverNext()
        #expect(bench.balances(.bob) == [100, 0, 0])
        #expect(bench.clearing(.bankB, .bankA) == [-100, 0, 0])
        #expect(bench.exposure(of: .bankA, at: .bankB) == 100)
        bench.deliverNext()
        #expect(bench.balances(.alice) == [900, 0, 0])
        #expect(bench.clearing(.bankA, .bankB) == [100, 0, 0])
        #expect(bench.mail.isEmpty)
        #expect(bench.entryCount - start == 5)
        try bench.expectSettledBooks()
    }

    @Test("A refusal is the same shape, and puts everything back")
    func refused() throws {
        var bench = Bench()
        let start = bench.entryCount
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .nobody)))
        bench.deliverNext()
        #expect(bench.clearing(.bankB, .bankA) == [0, 0, 0])
        bench.deliverNext()
        #expect(bench.balances(.alice) == [1_000, 0, 0])
        #expect(bench.clearing(.bankA, .bankB) == [0, 0, 0])
        #expect(bench.mail.isEmpty)
        #expect(bench.entryCount - start == 5)
        try bench.expectSettledBooks()
    }

    @Test("A correspondent owes what it is owed")
    func overTheHub() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub])))
        bench.deliverNext()
        #expect(bench.clearing(.hub, .bankA) == [0, 100, 0])
        #expect(bench.clearing(.hub, .bankB) == [0, 0, 100])
        #expect(bench.exposure(of: .bankA, at: .hub) == 100)
        bench.deliverNext()
        #expect(bench.balances(.bob) == [100, 0, 0])
        #expect(bench.clearing(.bankB, .hub) == [-100, 0, 0])
        bench.deliverNext()
        #expect(bench.clearing(.hub, .bankA) == [-100, 0, 0])
        #expect(bench.clearing(.hub, .bankB) == [100, 0, 0])
        bench.deliverNext()
        #expect(bench.clearing(.bankA, .hub) == [100, 0, 0])
        #expect(bench.balances(.alice) == [900, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A refusal behind a correspondent takes its reservation back too")
    func refusedBehindTheHub() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .nobody, over: [.hub])))
        bench.deliverAll()
        #expect(bench.balances(.alice) == [1_000, 0, 0])
        #expect(bench.exposure(of: .bankA, at: .hub) == 0)
        #expect(bench.clearing(.hub, .bankB) == [0, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A node that comes twice in an itinerary keeps its steps apart", arguments: [true, false])
    func twice(_ isSettled: Bool) throws {
        var bench = Bench()
        bench.stock(1, at: .bankA)
        let trip = Trip(.twice(eur(100), lamps: isSettled ? 1 : 11))
        bench.begin(trip)
        bench.deliverNext()
        #expect(bench.clearing(.bankB, .bankA) == [0, 100, 0])
        bench.deliverNext()
        #expect(bench[.bankA].state.stepState(trip.step(2)) == .reserved)
        #expect(bench.clearing(.bankA, .bankB) == [0, 0, 100])
        #expect(bench.clearing(.bankA, .shop) == [0, 0, 0])
        #expect(bench[.bankA].state.openSagas == 1)
        bench.deliverNext()
        bench.deliverNext()
        #expect(bench[.bankA].state.stepState(trip.step(2)).isTerminal)
        #expect(bench[.bankA].state.stepState(trip.step(0)) == .reserved)
        #expect(bench[.bankA].state.openSagas == 1)
        bench.deliverAll()
        #expect(bench[.bankA].state.openSagas == 0)
        #expect(bench.balances(.alice) == (isSettled ? [900, 0, 0] : [1_000, 0, 0]))
        #expect(bench.shelf == (isSettled ? [9, 0] : [10, 0]))
        #expect(bench.clearing(.bankA, .bankB) == (isSettled ? [100, 0, 0] : [0, 0, 0]))
        #expect(bench.clearing(.bankB, .bankA) == (isSettled ? [-100, 0, 0] : [0, 0, 0]))
        try bench.expectSettledBooks()
    }

    @Test("A credit that others follow is only reserved until they have done their steps")
    func thenTheShop() throws {
        var bench = Bench()
        bench.begin(Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(3))))
        bench.deliverNext()
        #expect(bench.balances(.bob) == [0, 0, 100])
        #expect(bench.clearing(.bankB, .bankA) == [0, 100, 0])
        #expect(bench.clearing(.bankB, .shop) == [0, 0, 0])
        bench.deliverNext()
        #expect(bench.shelf == [7, 0])
        #expect(bench.balances(.bob) == [0, 0, 100])
        bench.deliverNext()
        #expect(bench.balances(.bob) == [100, 0, 0])
        #expect(bench.clearing(.bankB, .bankA) == [-100, 0, 0])
        bench.deliverNext()
        #expect(bench.balances(.alice) == [900, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("What is sold out rolls the money back")
    func soldOut() throws {
        var bench = Bench()
        bench.begin(Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(11))))
        bench.deliverAll()
        #expect(bench.shelf == [10, 0])
        #expect(bench.balances(.bob) == [0, 0, 0])
        #expect(bench.balances(.alice) == [1_000, 0, 0])
        #expect(bench.exposure(of: .bankA, at: .bankB) == 0)
        try bench.expectSettledBooks()
    }

    @Test("Goods and money of one step are reserved together or not at all", arguments: [
        (Route([(.shop, [.take(2)]), (.hub, [.take(1)])]), [10, 0]),
        (Route([(.shop, [.take(2)]), (.hub, [.approve()])]), [8, 2]),
    ])
    func together(_ route: Route, _ shelf: [Int64]) throws {
        var bench = Bench()
        bench.begin(Trip(route))
        bench.deliverAll()
        #expect(bench.shelf == shelf)
        try bench.expectReplayEqualsLive()
    }

    @Test("Transfers that cross each other both settle, and the banks are even")
    func crossing() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.begin(Trip(.pay(eur(100), from: .bea, to: .amir), number: 2))
        #expect(bench.clearing(.bankA, .bankB) == [0, 0, 100])
        #expect(bench.clearing(.bankB, .bankA) == [0, 0, 100])
        bench.deliverNext()
        #expect(bench.clearing(.bankB, .bankA) == [-100, 0, 100])
        bench.deliverNext()
        #expect(bench.clearing(.bankA, .bankB) == [-100, 0, 100])
        bench.deliverAll()
        #expect(bench.clearing(.bankA, .bankB) == [0, 0, 0])
        #expect(bench.clearing(.bankB, .bankA) == [0, 0, 0])
        #expect(bench.balances(.amir) == [100, 0, 0])
        #expect(bench.balances(.bob) == [100, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A peer may owe up to its limit and no cent more, until it has paid")
    func exposure() throws {
        var bench = Bench()
        func pay(_ minorUnits: Int64, _ number: UInt64) -> Recorded? {
            let trip = Trip(.pay(eur(minorUnits), from: .alice, to: .bob), number: number)
            return bench.deliver(trip.word(.reserve, 1)).entries.first
        }
        #expect(pay(999, 1) == .decided(.confirmed))
        #expect(pay(2, 2) == .decided(.cancelled, .exposureExceeded))
        #expect(pay(1, 3) == .decided(.confirmed))
        #expect(bench.exposure(of: .bankA, at: .bankB) == 1_000)
        #expect(pay(1, 4) == .decided(.cancelled, .exposureExceeded))
        let paid = bench.operate(at: .bankB, .settlePeer(.bankA, eur(1_000), .received))
        #expect(paid.answer == .applied)
        #expect(pay(1_000, 5) == .decided(.confirmed))
        try bench.expectReplayEqualsLive()
    }

    @Test("A bank owes a peer up to its own limit, and a lower one refuses only what is new")
    func owed() throws {
        var bench = Bench()
        func limit(_ minorUnits: Int64) -> Answer? {
            let limit = LedgerOperation.limitOwed(to: .bankB, minorUnits: minorUnits, .eur)
            return bench.operate(at: .bankA, limit).answer
        }
        func pay(_ minorUnits: Int64, _ number: UInt64, to payee: AccountID = .bob) -> Answer? {
            bench.begin(Trip(.pay(eur(minorUnits), from: .alice, to: payee), number: number)).answer
        }
        #expect(limit(100) == .applied)
        #expect(pay(100, 1, to: .nobody) == .applied)
        #expect(pay(1, 2) == .refused(.owedLimitExceeded))
        bench.deliverAll()
        #expect(pay(60, 3) == .applied)
        bench.deliverAll()
        #expect(pay(41, 4) == .refused(.owedLimitExceeded))
        #expect(pay(40, 5) == .applied)
        #expect(limit(0) == .applied)
        try bench[.bankA].restart()
        bench.deliverAll()
        #expect(bench.clearing(.bankA, .bankB) == [100, 0, 0])
        #expect(pay(1, 6) == .refused(.owedLimitExceeded))
        try bench.expectSettledBooks()
    }

    @Test("A peer without transit passes nothing new through, and what is held is settled")
    func transit() throws {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub])))
        bench.deliverNext()
        #expect(bench.operate(at: .hub, .setTransit(from: .bankA, .blocked)).answer == .applied)
        let late = Trip(.pay(eur(5), from: .alice, to: .bob, over: [.hub]), number: 2)
        bench.begin(late)
        try bench[.hub].restart()
        bench.deliverAll()
        #expect(bench[.hub].state.stepState(late.step(1)) == .cancelled)
        #expect(bench.balances(.alice) == [900, 0, 0])
        #expect(bench.balances(.bob) == [100, 0, 0])
        bench.begin(Trip(.pay(eur(7), from: .bea, to: .alice, over: [.hub]), number: 3))
        bench.deliverAll()
        #expect(bench.balances(.alice) == [907, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("Confirm and cancel cannot be refused, also on frozen accounts", arguments: [
        true, false,
    ])
    func frozen(_ isSettled: Bool) throws {
        var bench = Bench()
        let taken: Int64 = isSettled ? 1 : 11
        bench.begin(Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(taken))))
        bench.deliverNext()
        #expect(bench.operate(at: .bankA, .freeze(.alice)).answer == .applied)
        #expect(bench.operate(at: .bankB, .freeze(.bob)).answer == .applied)
        bench.deliverAll()
        #expect(bench.balances(.alice) == (isSettled ? [900, 0, 0] : [1_000, 0, 0]))
        #expect(bench.balances(.bob) == (isSettled ? [100, 0, 0] : [0, 0, 0]))
        try bench.expectSettledBooks()
    }
}
