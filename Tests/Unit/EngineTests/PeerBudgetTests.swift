import GeneratedWire
import Ledger
import LedgerWire
import Links
import Saga
import Stock
import StockWire
import Testing
import Wire

@testable import Engine

/// What one peer or one client has open takes no room from the others.
@Suite struct PeerBudgetTests {
    private static let one = Principal.clients[0]
    private static let two = Principal.clients[1]
    private static let three = Principal.clients[2]

    /// The hub pays Alice a cent, with a lamp from the shop, which never answers.
    private static func hold(_ number: UInt64) -> Trip {
        Trip(Route.pay(eur(1), from: .mallory, to: .alice).then(.shop, .take(1)), number: number)
    }

    /// Alice pays Bob, whose bank is down as long as no test delivers anything to it.
    private static func payment(_ number: UInt64) -> Trip {
        Trip(.pay(eur(10), from: .alice, to: .bob), number: number)
    }

    /// Bank A pays Bob, and the shop is to do what takes as many bytes to say, and a few more.
    private static func large(_ number: UInt64, bytes: Int = 40_000) -> Trip {
        let content = Content.foreign { wire in
            let body = [UInt8](repeating: 7, count: bytes)
            wire.steps[2].actions = [Giro_Transfers_V1_Action(kind: "fly", body: body)]
        }
        return Trip(content, owners: [.bankA, .bankB, .shop], number: number)
    }

    /// The hub has used up its share at bank A, and the shop's, with holds that do not end.
    private static func flooded() -> Bench {
        var bench = Bench(limits: .sharing(3))
        for number in 1...3 as ClosedRange<UInt64> {
            bench.deliver(hold(number).word(.reserve, 1))
        }
        bench.mail = []
        return bench
    }

    @Test("A peer that opens holds without end is refused beyond its share; all others are served")
    func floodingPeer() throws {
        var bench = Self.flooded()
        let refused = bench.deliver(Self.hold(4).word(.reserve, 1))
        #expect(refused.entries == [.decided(.cancelled, .tooManyOpen)])
        #expect(refused.sent == [Sent(.cancel, 0, to: .hub, .tooManyOpen)])
        #expect(refused.dropped == 0)

        #expect(bench.begin(Self.payment(5)).answer == .applied)
        let inside = Trip(.pay(eur(10), from: .alice, to: .amir), number: 6)
        #expect(bench.begin(inside).entries == [.decided(.confirmed)])
        let passedOn = Trip(.pay(eur(1), from: .bea, to: .mallory, over: [.bankA]), number: 7)
        #expect(bench.deliver(passedOn.word(.reserve, 1)).entries == [.decided(.reserved)])
        let fromAnother = Trip(.pay(eur(10), from: .bea, to: .alice), number: 8)
        #expect(bench.begin(fromAnother).answer == .applied)
        let toTheHub = Trip(.pay(eur(1), from: .alice, to: .mallory), number: 9)
        #expect(bench.begin(toTheHub).answer == .applied)

        bench.mail.removeAll { $0.to == .hub }
        bench.deliverAll()
        #expect(bench[.bob].available == 10)
        #expect(bench[.amir].available == 10)
        #expect(bench.balances(.alice) == [989, 1, 3])
        try bench.expectReplayEqualsLive()
    }

    @Test("What ends at once takes no room: a payment of the flooding peer's, and a refusal")
    func endsAtOnce() throws {
        var bench = Self.flooded()
        let paid = Trip(.pay(eur(1), from: .mallory, to: .alice), number: 5)
        #expect(bench.deliver(paid.word(.reserve, 1)).entries == [.decided(.confirmed)])
        // The participant's reason comes first: it will be the same later.
        let wrong = Trip(
            Route.pay(eur(5_000), from: .mallory, to: .alice).then(.shop, .take(1)), number: 6)
        #expect(
            bench.deliver(wrong.word(.reserve, 1)).entries
                == [.decided(.cancelled, .exposureExceeded)])
        try bench.expectReplayEqualsLive()
    }

    @Test("Of a refused step the log keeps the content's hash alone, and the refusal is repeated")
    func contentIsNotKept() throws {
        var bench = Self.flooded()
        let trip = Self.hold(4)
        let cancel = [Sent(.cancel, 0, to: .hub, .tooManyOpen)]
        let outcome = bench.deliver(trip.word(.reserve, 1))
        guard case .stepDecided(let decided)? = outcome.events.first else {
            Issue.record("nothing was decided")
            return
        }
        #expect(decided.content.isEmpty)
        #expect(decided.step == trip.step(1))
        let again = bench.deliver(trip.word(.reserve, 1))
        #expect(again.entries == [.repeated(.cancelled)] && again.sent == cancel)
        let abandoned = bench.deliver(trip.word(.abandon, 1))
        #expect(abandoned.entries == [] && abandoned.sent == [])
        // It stays refused when there is room again, and another one is done.
        bench.deliver(Self.hold(1).word(.cancel, 1))
        #expect(bench.deliver(trip.word(.reserve, 1)).sent == cancel)
        let next = bench.deliver(Self.hold(5).word(.reserve, 1))
        #expect(next.entries == [.decided(.reserved)])
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "A client fills half of a down peer's share, and others still reach that peer",
        arguments: [(1, 1), (2, 1), (3, 1), (4, 2), (7, 3)])
    func downPeer(_ share: Int, _ half: Int) throws {
        var bench = Bench(limits: .sharing(share))
        for number in 1...half {
            let outcome = bench.begin(Self.payment(UInt64(number)), by: Self.one)
            #expect(outcome.answer == .applied)
        }
        let beyond = Self.payment(50)
        let before = bench[.bankA].state
        for _ in 1...2 {
            let outcome = bench.begin(beyond, by: Self.one)
            #expect(outcome.answer == .shareFull)
            #expect(outcome.entries == [])
        }
        #expect(bench[.bankA].state == before)
        let repeated = bench.begin(Self.payment(1), by: Self.one)
        #expect(repeated.answer == .duplicate(of: .applied))

        for place in half..<share {
            let client = place < 2 * half ? Self.two : Self.three
            let outcome = bench.begin(Self.payment(UInt64(100 + place)), by: client)
            #expect(outcome.answer == .applied)
        }
        for client in Principal.clients {
            #expect(bench.begin(Self.payment(60), by: client).answer == .shareFull)
            let inside = Trip(.pay(eur(1), from: .alice, to: .amir), number: 70)
            let answer = bench.begin(inside, by: client).answer
            #expect(answer != .busy && answer != .shareFull)
        }
        let elsewhere = Trip(.pay(eur(1), from: .alice, to: .mallory), number: 80)
        #expect(bench.begin(elsewhere, by: Self.one).answer == .applied)

        bench.deliverAll()
        #expect(bench.begin(beyond, by: Self.one).answer == .applied)
        bench.deliverAll()
        #expect(bench[.bob].available == Int64(10 * (share + 1)))
        try bench.expectSettledBooks()
    }

    @Test("A peer's share is also one of bytes, which few large contents use up; others are served")
    func largeContents() throws {
        var limits = Limits()
        limits.openBytesPerPeerMax = 100_000
        var bench = Bench(limits: limits)
        let entries = (1...3).map { bench.deliver(Self.large($0).word(.reserve, 1)).entries }
        let refused = [Recorded.decided(.cancelled, .tooManyOpen)]
        #expect(entries == [[.decided(.reserved)], [.decided(.reserved)], refused])
        let size = Self.large(1).content.bytes.count
        for share in [OpenShare.asked(.bankA), .waiting(.shop)] {
            #expect(bench[.bankB].state.openShares[share] == 2)
            #expect(bench[.bankB].state.openShares.bytes(of: share) == 2 * size)
        }
        let small = bench.deliver(Self.large(4, bytes: 1_000).word(.reserve, 1))
        #expect(small.entries == [.decided(.reserved)])
        let ofAnother = Trip(
            Route.pay(eur(1), from: .mallory, to: .bob).then(.bankA, .take(1)), number: 5)
        #expect(bench.deliver(ofAnother.word(.reserve, 1)).entries == [.decided(.reserved)])
        let own = Trip(.pay(eur(1), from: .bea, to: .mallory), number: 6)
        #expect(bench.begin(own).answer == .applied)
        bench.deliver(Self.large(1).word(.cancel, 1))
        let next = bench.deliver(Self.large(7).word(.reserve, 1))
        #expect(next.entries == [.decided(.reserved)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A client fills half of a down peer's share of bytes, and others still reach that peer")
    func downPeerBytes() throws {
        var limits = Limits()
        limits.openBytesPerPeerMax = 4 * Self.payment(1).content.bytes.count
        var bench = Bench(limits: limits)
        let clients = [Self.one, Self.one, Self.one, Self.two, Self.two, Self.two, Self.three]
        var answers: [Answer?] = []
        for (index, client) in clients.enumerated() {
            answers.append(bench.begin(Self.payment(UInt64(index + 1)), by: client).answer)
        }
        let expected: [Answer?] = [
            .applied, .applied, .shareFull, .applied, .applied, .shareFull, .shareFull,
        ]
        #expect(answers == expected)
        bench.deliverAll()
        #expect(bench.begin(Self.payment(3), by: Self.one).answer == .applied)
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("A peer's step towards a peer whose share is used up is refused; one to another is done")
    func fullNext() throws {
        var bench = Bench(limits: .sharing(3))
        for (index, client) in Principal.clients.enumerated() {
            let outcome = bench.begin(Self.payment(UInt64(index + 1)), by: client)
            #expect(outcome.answer == .applied)
        }
        let onwards = Trip(.pay(eur(1), from: .mallory, to: .bob, over: [.bankA]), number: 4)
        #expect(
            bench.deliver(onwards.word(.reserve, 1)).entries
                == [.decided(.cancelled, .tooManyOpen)])
        #expect(bench.deliver(Self.hold(5).word(.reserve, 1)).entries == [.decided(.reserved)])
        try bench.expectReplayEqualsLive()
    }

    @Test("The hold before a refused step ends at once, and the books of both banks agree")
    func holdEnds() throws {
        var bench = Bench()
        try bench[.hub].restart(with: .sharing(2))
        let trips = (1...5).map {
            Trip(.pay(eur(10), from: .alice, to: .bob, over: [.hub]), number: $0)
        }
        for trip in trips { bench.begin(trip) }
        #expect(bench[.alice].held == 50)
        while let place = bench.mail.firstIndex(where: { $0.to != .bankB }) {
            bench.deliver(bench.mail.remove(at: place))
        }
        // Bank B is down: what waits for it is held, and the rest given back.
        #expect(bench.mail.map(\.to) == [.bankB, .bankB])
        #expect(bench.balances(.alice) == [980, 20, 0])
        for trip in trips.suffix(3) {
            #expect(bench[.bankA].state[trip.saga]?.step(0)?.refusal == .tooManyOpen)
        }
        bench.deliverAll()
        #expect(bench[.bob].available == 20)
        #expect(bench[.alice].available == 980)
        try bench.expectSettledBooks()
    }

    @Test("An answer and an abandon are never refused by a bound")
    func answers() throws {
        var bench = Self.flooded()
        #expect(
            bench.deliver(Self.hold(1).word(.abandon, 1)).sent
                == [Sent(.abandon, 2, to: .shop)])
        #expect(
            bench.deliver(Self.hold(1).word(.cancel, 1)).entries
                == [.decided(.cancelled, .soldOut)])
        #expect(bench.deliver(Self.hold(2).word(.confirm, 1)).entries == [.decided(.confirmed)])
        #expect(bench[.bankA].state.openShares[.asked(.hub)] == 1)
        try bench.expectReplayEqualsLive()
    }

    @Test("A deciding step has its room from the beginning: an approval is never refused")
    func approval() throws {
        var bench = Bench(limits: .sharing(3))
        let asking = DecidingTests.asking
        #expect(bench.begin(asking, by: Self.one).entries == [.decided(.deciding)])
        #expect(bench.begin(Self.payment(2), by: Self.one).answer == .shareFull)
        #expect(bench.begin(Self.payment(3), by: Self.two).answer == .applied)
        #expect(bench.begin(Self.payment(4), by: Self.three).answer == .applied)
        #expect(bench[.bankA].state.openShares[.waiting(.bankB)] == 3)
        #expect(bench.decide(asking, 0, true).entries == [.decided(.reserved)])
        #expect(bench[.bankA].state.openShares[.waiting(.bankB)] == 3)
        #expect(bench[.bankA].state.openShares[.begun(Self.one, .bankB)] == 1)
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("A last step that asks an approver stays open, and counts for the peer before it")
    func deciding() throws {
        var bench = Bench(limits: .sharing(1))
        let trips = (1...3).map { number in
            Trip(
                Route.pay(eur(1), from: .bea, to: .alice).adding(.approve(), to: 1),
                number: number)
        }
        let entries = trips.prefix(2).map { bench.deliver($0.word(.reserve, 1)).entries }
        #expect(entries == [[.decided(.deciding)], [.decided(.cancelled, .tooManyOpen)]])
        bench.decide(trips[0], 1, false)
        let third = bench.deliver(trips[2].word(.reserve, 1))
        #expect(third.entries == [.decided(.deciding)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A transfer inside the bank is decided whatever is open, unless an approver is asked")
    func inside() throws {
        var limits = Limits.sharing(1)
        limits.openSagasMax = 1
        var bench = Bench(limits: limits)
        bench.begin(Self.payment(1))
        let inside = Route.pay(eur(5), from: .alice, to: .amir)
        #expect(bench.begin(Trip(inside, number: 2)).answer == .applied)
        let asking = Trip(inside.adding(.approve(), to: 0), number: 3)
        #expect(bench.begin(asking).answer == .busy)
        // What a rule refuses ends at once as well.
        for (number, payee) in [(4, .amir), (5, .bob)] as [(UInt64, AccountID)] {
            let tooMuch = Trip(.pay(eur(5_000), from: .alice, to: payee), number: number)
            #expect(bench.begin(tooMuch).answer == .refused(.insufficientFunds))
        }
        bench.deliverAll()
        #expect(bench.begin(asking).answer == .applied)
        // It is open, and waits for no peer.
        #expect(bench[.bankA].state.openShares == OpenShares())
        #expect(bench.begin(Self.payment(6)).answer == .busy)
        #expect(bench.decide(asking, 0, true).entries == [.decided(.confirmed)])
        #expect(bench[.amir].available == 10)
        try bench.expectReplayEqualsLive()
    }

    @Test("A saga that comes back needs room again, and ends where there is none")
    func twoSteps() throws {
        var bench = Bench(limits: .sharing(1))
        bench.stock(1, at: .bankA)
        #expect(bench.begin(Trip(.twice(eur(10))), by: Self.one).answer == .applied)
        // The shop's share is used up before the saga comes back.
        let inside = Route.pay(eur(10), from: .alice, to: .amir).then(.shop, .take(1))
        let other = bench.begin(Trip(inside, number: 2), by: Self.two)
        #expect(other.answer == .applied)
        let mail = bench.mail.filter { $0.to == .bankB }
        bench.mail = []
        for letter in mail { bench.deliver(letter) }
        #expect(bench.deliverNext().entries == [.decided(.cancelled, .tooManyOpen)])
        let shares: [OpenShare] = [
            .waiting(.bankB), .begun(Self.one, .bankB), .asked(.bankB), .waiting(.shop),
            .begun(Self.one, .shop), .begun(Self.two, .shop),
        ]
        let counts = shares.map { bench[.bankA].state.openShares[$0] }
        #expect(counts == [1, 1, 0, 1, 0, 1])
        #expect(bench[.bankA].state.openSagas == 2)

        bench.deliverEverything()
        #expect(bench[.bob].available == 0)
        #expect(bench[.amir].available == 10)
        #expect(bench[.alice].available == 990)
        #expect(bench[.bankA].state.openShares == OpenShares())
        try bench.expectSettledBooks()
    }

    // MARK: - After a loss

    @Test("A step that is said again after a loss needs room too, and waits for it")
    func saidAgain() throws {
        var bench = Bench()
        let kept = bench[.hub].commits.count
        let trips = (1...2).map {
            Trip(.pay(eur(10), from: .alice, to: .bob, over: [.hub]), number: $0)
        }
        for trip in trips { bench.begin(trip) }
        for _ in 1...4 { bench.deliverNext() }
        #expect(bench[.bob].available == 20)
        try bench.lose(.hub, keeping: kept)
        try bench[.hub].restart(with: .sharing(1))
        bench.comparePeerKeys(at: .hub)
        bench.acceptForks(of: .hub)
        let line = Line(from: .bankA, to: .hub)
        let next = bench.next(on: line)
        let taken = bench.at(.hub, [bench.input(of: next...next + 1, on: line)])
        #expect(taken.allEntries == [.decided(.reserved), .read(.bankA)])
        #expect(taken.dropped == 1)
        #expect(bench[.hub].state.links[.bankA]?.next == next + 1)
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [980, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test(
        "Nothing that a peer says to be reserved before a loss gets it past its limit, years later",
        arguments: [Timestamp(milliseconds: 0), Bench.start])
    func mints(_ deadline: Timestamp) {
        var bench = Bench()
        bench.startTimeline(at: .bankB)
        bench.comparePeerKeys(at: .bankB)
        bench.acceptForks(of: .bankB)
        bench.operate(at: .bankB, .limitExposure(of: .bankA, minorUnits: 99, .eur))
        bench.now = bench.now + .seconds(100_000_000)
        // The last step is bank A's too: it confirms what it has asked for.
        let route = Route.pay(eur(100), from: .alice, to: .bob).then(.bankA, .take(1))
        let trip = Trip(route, deadline: deadline)
        for word in [trip.word(.reserve, 1).again, trip.word(.confirm, 1)] {
            #expect(bench.deliver(word).events.isEmpty)
        }
        #expect(bench.balances(.bob) == [0, 0, 0])
        #expect(bench.clearing(.bankB, .bankA) == [0, 0, 0])
    }
}
