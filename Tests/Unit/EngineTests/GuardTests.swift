import Engine
import GeneratedWire
import Ledger
import LedgerWire
import Saga
import Testing
import Wire

/// The guards of a step stand in order of precedence, and each has an edge.
@Suite struct GuardTests {
    @Test("Of two faults the one that comes first is named", arguments: [
        Faulty(
            "unknown parts before a broken itinerary", .notUnderstood,
            .foreign {
                $0.steps[1].actions.append(.init(kind: "credit", body: [0xFF]))
                $0.steps[2].actions = []
            }),
        Faulty(
            "a broken itinerary before an unknown action", .brokenItinerary,
            .foreign {
                $0.steps[1].actions.append(.init(kind: "fly"))
                $0.steps[2].actions = []
            }),
        Faulty(
            "an unknown action before the participants' rules", .notUnderstood,
            .foreign { $0.steps[1].actions = [.init(kind: "fly")] }),
        Faulty(
            "the participants' rules before the deadline", .brokenItinerary,
            Route([(.bankA, [.take(1)]), (.bankB, [.credit(.bob, eur(1))])]),
            deadline: .distantFuture),
        Faulty(
            "a deadline too far before an unknown peer", .deadlineTooFar,
            .pay(eur(1), from: .alice, to: .bob).then(.moon, .take(1)),
            deadline: .distantFuture),
        Faulty(
            "a deadline that passed before an unknown peer", .deadlinePassed,
            .pay(eur(1), from: .alice, to: .bob).then(.moon, .take(1)),
            deadline: .distantPast),
        Faulty(
            "an unknown peer before the account", .unknownPeer,
            .pay(eur(1), from: .alice, to: .nobody).then(.moon, .take(1))),
        Faulty(
            "the account before the exposure", .unknownCreditor,
            .pay(eur(5_000), from: .alice, to: .nobody)),
        Faulty(
            "the bank before the shelf", .exposureExceeded,
            .pay(eur(5_000), from: .alice, to: .bob).adding(.take(99), to: 1)),
    ])
    func precedence(_ faulty: Faulty) {
        var bench = Bench()
        let outcome = bench.deliver(faulty.trip.word(.reserve, 1))
        #expect(outcome.entries == [.decided(.cancelled, faulty.refusal)])
    }

    @Test("An itinerary may have sixteen steps")
    func sixteenSteps() {
        var bench = Bench()
        let outcome = bench.deliver(Trip(Faulty.steps(16)).word(.reserve, 1))
        #expect(outcome.entries == [.decided(.reserved)])
    }

    @Test("A client's deadline may be an hour and a minute ahead, a peer's five", arguments: [
        (3_660_000, true, true), (3_660_001, false, true), (3_900_000, false, true),
        (3_900_001, false, false), (1, true, true), (0, false, false),
    ])
    func deadline(_ milliseconds: Int64, fromClient: Bool, fromPeer: Bool) {
        let deadline = Bench.start + .milliseconds(milliseconds)
        let trip = Trip(.pay(eur(1), from: .alice, to: .bob), deadline: deadline)
        var (bench, other) = (Bench(), Bench())
        #expect((bench.begin(trip).answer == .applied) == fromClient)
        let outcome = other.deliver(trip.word(.reserve, 1))
        #expect((outcome.entries == [.decided(.confirmed)]) == fromPeer)
    }

    @Test("A late reserve at an unknown step is AB05, and the payer has the money back")
    func late() throws {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
        bench.begin(trip)
        bench.now = bench.now + .seconds(31)
        let outcome = bench.deliverNext()
        #expect(outcome.entries == [.decided(.cancelled, .deadlinePassed)])
        #expect(Refusal.deadlinePassed.reason(at: Ledger.self).isoCode == "AB05")
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
        #expect(bench[.bankA].state[trip.saga]?.step(0)?.refusal == .deadlinePassed)
        try bench.expectReplayEqualsLive()
    }
}
