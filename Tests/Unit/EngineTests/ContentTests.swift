import Engine
import Ledger
import LedgerWire
import Saga
import Testing

/// A saga is named by its UUID and its content: two contents under one UUID are two sagas.
@Suite struct ContentTests {
    @Test(
        "Another content under a known UUID is decided by itself, and the first is left alone",
        arguments: [StepState.deciding, .reserved, .confirmed, .cancelled])
    func otherContent(_ state: StepState) throws {
        var bench = Bench()
        let route = Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1))
        let trip = Trip(state == .deciding ? route.adding(.approve(), to: 1) : route)
        bench.bring(trip, to: state)
        let before = bench[.bankB].state[trip.saga]
        let other = Trip(.pay(eur(200), from: .alice, to: .bob))
        let outcome = bench.deliver(other.word(.reserve, 1))
        #expect(outcome.entries == [.decided(.confirmed)])
        #expect(outcome.sent == [Sent(.confirm, 0, to: .bankA)])
        #expect(outcome.words.first?.step.saga == other.saga)
        #expect(bench[.bankB].state[trip.saga] == before)
        #expect(bench[.bankB].state[other.saga]?.step(1)?.state == .confirmed)
        try bench.expectReplayEqualsLive()
    }

    @Test("An abandon of another content is a dead letter, and the first is left alone")
    func otherAbandon() throws {
        var bench = Bench()
        let trip = Trip(Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1)))
        bench.bring(trip, to: .reserved)
        let other = Trip(.pay(eur(200), from: .alice, to: .bob))
        let outcome = bench.deliver(other.word(.abandon, 1))
        #expect(outcome.entries == [.quarantined(.unexpectedAnswer)])
        #expect(bench[.bankB].state.stepState(trip.step(1)) == .reserved)
        #expect(bench[.bankB].state.stepState(other.step(1)) == .unknown)
        try bench.expectReplayEqualsLive()
    }

    @Test("Both origins of one UUID are paid for, each as its own client asked")
    func twoOrigins() throws {
        var bench = Bench()
        let first = Trip(.pay(eur(100), from: .alice, to: .bob))
        let second = Trip(.pay(eur(50), from: .alice, to: .bob, over: [.hub]))
        bench.deliver(second.word(.reserve, 2))
        bench.mail = []
        bench.begin(first)
        #expect(bench[.alice].held == 100)
        bench.deliverAll()
        #expect(bench[.alice].available == 900)
        #expect(bench[.bob].available == 150)
        let named = bench[.bankB].state.sagas(named: first.id, max: 9)
        #expect(Set(named.map(\.contentHash)) == [first.content.hash, second.content.hash])
        try bench.expectReplayEqualsLive()
    }

    @Test("The deadline is no part of what names a saga: a repetition with another one is the same")
    func otherDeadline() throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.deliver(trip.word(.reserve, 1))
        var later = trip
        later.deadline = trip.deadline + .seconds(60)
        #expect(later.saga == trip.saga)
        let outcome = bench.deliver(later.word(.reserve, 1))
        #expect(outcome.entries == [.repeated(.confirmed)])
        #expect(outcome.sent == [Sent(.confirm, 0, to: .bankA)])
        #expect(bench[.bob].available == 100)
    }

    @Test("A client's deadline counts, also where a neighbour was first with a step of the saga")
    func ownDeadline() throws {
        var bench = Bench()
        bench.stock(1, at: .bankA)
        let trip = Trip(.twice(eur(10)))
        var early = trip
        early.deadline = Bench.start + .seconds(5)
        bench.deliver(early.word(.reserve, 2))
        #expect(bench[.bankA].state[trip.saga]?.open?.deadline == early.deadline)
        #expect(bench.begin(trip).answer == .applied)
        #expect(bench[.bankA].state[trip.saga]?.open?.deadline == trip.deadline)
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "An answer about a content that is not known here is quarantined",
        arguments: [StepState.deciding, .reserved, .confirmed, .cancelled],
        [Prompt.confirm, .cancel])
    func otherAnswer(_ state: StepState, _ kind: Prompt) throws {
        var bench = Bench()
        let route = Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1))
        let trip = Trip(state == .deciding ? route.adding(.approve(), to: 1) : route)
        bench.bring(trip, to: state)
        let other = Trip(route, reference: "another")
        for sender in [NodeName.shop, .bankA, .hub] {
            let outcome = bench.deliver(other.word(kind, 1, from: sender))
            #expect(outcome.entries == [.quarantined(.unexpectedAnswer)])
            #expect(outcome.words.isEmpty)
        }
        #expect(bench[.bankB].state.stepState(trip.step(1)) == state)
    }

    @Test("Another content from the wrong place is quarantined")
    func otherContentFromTheWrongPlace() {
        var bench = Bench()
        bench.bring(Trip(.pay(eur(100), from: .alice, to: .bob)), to: .confirmed)
        let other = Trip(.pay(eur(200), from: .alice, to: .bob))
        let outcome = bench.deliver(other.word(.reserve, 1, from: .hub))
        #expect(outcome.entries == [.quarantined(.wrongStep)])
        #expect(outcome.words.isEmpty)
    }

    @Test("A thousand contents under one UUID are a thousand sagas, in a snapshot too")
    func manyContents() throws {
        var bench = Bench()
        let trips = (1...1_000).map { number in
            Trip(.pay(eur(1), from: .alice, to: .bob), reference: "\(number)")
        }
        for trip in trips { bench.deliver(trip.word(.reserve, 1)) }
        #expect(bench[.bob].available == 1_000)
        let state = bench[.bankB].state
        for max in [1, 2, 100, 1_000, 2_000] {
            let named = state.sagas(named: trips[0].id, max: max)
            #expect(Set(named.map(\.contentHash)).count == min(max, 1_000))
        }
        #expect(try State<Party>(encoded: state.encoded()) == state)
    }
}
