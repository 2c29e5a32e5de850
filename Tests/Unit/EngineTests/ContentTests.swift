import Engine
import Ledger
import LedgerWire
import Saga
import Testing

/// The content first seen under a UUID is the saga's content permanently.
@Suite struct ContentTests {
    static let forward: [Message.Kind] = [.reserve, .abandon]

    @Test(
        "Another content changes nothing and is always answered by a cancel for its own hash",
        arguments: [StepState.deciding, .reserved, .confirmed, .cancelled], forward)
    func otherContent(_ state: StepState, _ kind: Message.Kind) throws {
        var bench = Bench()
        let route = Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1))
        let trip = Trip(state == .deciding ? route.adding(.approve(), to: 1) : route)
        bench.bring(trip, to: state)
        let other = Trip(.pay(eur(200), from: .alice, to: .bob))
        let before = bench[.bankB].engine.recorded
        for _ in 1...3 {
            let outcome = bench.deliver(other.message(kind, 1))
            #expect(outcome.entries == [])
            #expect(outcome.sent == [Sent(.cancel, 0, to: .bankA, .otherContent)])
            #expect(outcome.messages.first?.contentHash == other.content.hash)
        }
        #expect(bench[.bankB].engine.recorded == before)
    }

    @Test("Another content is answered to its sender, about the step it was sent from")
    func otherItinerary() {
        var bench = Bench()
        bench.bring(Trip(.pay(eur(100), from: .alice, to: .bob)), to: .confirmed)
        let other = Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub]))
        let outcome = bench.deliver(other.message(.reserve, 2))
        #expect(outcome.sent == [Sent(.cancel, 1, to: .hub, .otherContent)])
    }

    @Test("A UUID that named an operation has no content of any saga", arguments: forward)
    func operation(_ kind: Message.Kind) throws {
        var bench = Bench()
        bench.at(.bankB, .operate(Operate(1, .first(.deposit(eur(5), to: .bob)))))
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        let outcome = bench.deliver(trip.message(kind, 1))
        #expect(outcome.entries == [])
        #expect(outcome.sent == [Sent(.cancel, 0, to: .bankA, .otherContent)])
        #expect(bench[.bob].incoming == 0)
        try bench.expectReplayEqualsLive()
    }

    @Test("The cancel for another content releases the sender's hold and leaves the first alone")
    func twoOrigins() throws {
        var bench = Bench()
        let first = Trip(.pay(eur(100), from: .alice, to: .bob))
        let second = Trip(.pay(eur(50), from: .alice, to: .bob, over: [.hub]))
        bench.bring(second, to: .unknown)
        bench.deliver(second.message(.reserve, 2))
        bench.mail = []
        bench.begin(first)
        #expect(bench[.alice].held == 100)
        bench.deliverAll()
        #expect(bench[.alice].held == 0)
        #expect(bench[.alice].available == 1_000)
        #expect(bench[.bob].available == 50)
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "An answer about another content is quarantined",
        arguments: [StepState.deciding, .reserved, .confirmed, .cancelled],
        [Message.Kind.confirm, .cancel])
    func otherAnswer(_ state: StepState, _ kind: Message.Kind) throws {
        var bench = Bench()
        let route = Route.pay(eur(100), from: .alice, to: .bob).then(.shop, .take(1))
        bench.bring(
            Trip(state == .deciding ? route.adding(.approve(), to: 1) : route), to: state)
        let other = Trip(route, reference: "another")
        // From any sender: the content is checked before the step.
        for sender in [NodeName.shop, .bankA, .hub] {
            let outcome = bench.deliver(other.message(kind, 1, from: sender))
            #expect(outcome.entries == [.quarantined(.otherContent)])
            #expect(outcome.messages.isEmpty)
        }
        #expect(bench[.bankB].state.stepState(other.step(1)) == state)
    }

    @Test("Another content from the wrong place is not answered but quarantined")
    func otherContentFromTheWrongPlace() {
        var bench = Bench()
        bench.bring(Trip(.pay(eur(100), from: .alice, to: .bob)), to: .confirmed)
        let other = Trip(.pay(eur(200), from: .alice, to: .bob))
        let outcome = bench.deliver(other.message(.reserve, 1, from: .hub))
        #expect(outcome.entries == [.quarantined(.wrongStep)])
        #expect(outcome.messages.isEmpty)
    }
}
