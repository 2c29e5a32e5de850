import Chain
import Engine
import GeneratedWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import TestKit
import Wire

/// What is not understood is refused and remembered, not ignored: a newer peer's hold must end.
@Suite struct RefusedContentTests {
    @Test("A reserve that cannot be done is remembered as refused", arguments: Faulty.all)
    func reserve(_ faulty: Faulty) throws {
        var bench = Bench()
        let before = bench[.bankB].state.participant
        let outcome = bench.deliver(faulty.trip.word(.reserve, 1))
        let cancel = Sent(.cancel, 0, to: .bankA, faulty.refusal)
        #expect(outcome.entries == [.decided(.cancelled, faulty.refusal)])
        #expect(outcome.sent == [cancel])
        #expect(outcome.words.first?.step.saga == faulty.trip.saga)
        #expect(outcome.contents == [[]])
        #expect(bench[.bankB].state.participant == before)
        #expect(bench[.bankB].state.openSagas == 0)

        let again = bench.deliver(faulty.trip.word(.reserve, 1))
        #expect(again.entries == [.repeated(.cancelled)])
        #expect(again.sent == [cancel])
        let abandoned = bench.deliver(faulty.trip.word(.abandon, 1))
        #expect(abandoned.entries == [] && abandoned.sent == [])
        #expect(bench[.bankB].engine.nextDue == nil)
        try bench.expectReplayEqualsLive()
    }

    @Test("Of what is refused to a peer the log keeps the hash alone, however large it was")
    func large() throws {
        var bench = Bench()
        bench.operate(at: .bankB, .limitExposure(of: .bankA, minorUnits: 0, .eur))
        let content = Content.foreign { wire in
            let body = [UInt8](repeating: 7, count: 60_000)
            wire.steps[2].actions = [Giro_Transfers_V1_Action(kind: "fly", body: body)]
        }
        let trip = Trip(content, owners: [.bankA, .bankB, .shop])
        let outcome = bench.deliver(trip.word(.reserve, 1))
        #expect(outcome.entries == [.decided(.cancelled, .exposureExceeded)])
        #expect(outcome.words.first?.step.saga == trip.saga)
        let entry = try #require(bench[.bankB].commits.last?.entries.first)
        #expect(entry.parts.byteCount < 1_000)
        #expect(bench.deliver(trip.word(.reserve, 1)).entries == [.repeated(.cancelled)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A last step that a stopped peer says again after a loss is refused: it is judged")
    func stopped() throws {
        var bench = Bench()
        bench.startTimeline(at: .bankB)
        bench.comparePeerKeys(at: .bankB)
        bench.acceptForks(of: .bankB)
        bench.setIntake(from: .bankA, .stopped, at: .bankB)
        let trip = Trip(.pay(eur(1), from: .alice, to: .bob))
        let outcome = bench.deliver(trip.word(.reserve, 1).again)
        #expect(outcome.entries == [.decided(.cancelled, .intakeStopped)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A refused step is answered to its sender, and releases the hold there")
    func released() {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .nobody)))
        #expect(bench[.alice].held == 100)
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
    }

    @Test("What another node is to do need not be understood here")
    func foreignElsewhere() {
        var bench = Bench()
        let content = Content.foreign { $0.steps[2].actions = [.init(kind: "fly")] }
        let trip = Trip(content, owners: [.bankA, .bankB, .shop])
        let outcome = bench.deliver(trip.word(.reserve, 1))
        #expect(outcome.entries == [.decided(.reserved)])
        #expect(outcome.sent == [Sent(.reserve, 2, to: .shop)])
        #expect(outcome.words.first?.content == content.bytes)
    }

    @Test("A client's content that cannot be done is refused and remembered too", arguments: [
        (Content<Action>.raw([0xFF]), Refusal.notUnderstood),
        (Content.foreign { $0.steps[0].actions.append(.init(kind: "fly")) }, .notUnderstood),
        (Trip(Route([])).content, .notUnderstood),
        (Trip(Route([(.bankA, [.debit(.alice, eur(1))])])).content, .brokenItinerary),
        (Trip(.pay(eur(1), from: .alice, to: .bob, over: [.moon])).content, .unknownPeer),
        (tooLong, .notUnderstood),
    ])
    func client(_ content: Content<Action>, _ refusal: Refusal) throws {
        var bench = Bench()
        let trip = Trip(content, owners: [.bankA])
        let outcome = bench.begin(trip)
        #expect(outcome.answer == .refused(refusal))
        #expect(outcome.entries == [.decided(.cancelled, refusal)])
        // The client is shown its own order.
        let isTooLong = content.bytes.count > Content<Action>.bytesMax
        #expect(outcome.contents == [isTooLong ? [] : content.bytes])
        #expect(outcome.words.isEmpty)
        #expect(bench.begin(trip).answer == .duplicate(of: .refused(refusal)))
        try bench.expectReplayEqualsLive()
    }
}

extension Outcome {
    /// What the log keeps of the contents of the steps that were decided.
    fileprivate var contents: [[UInt8]] {
        events.compactMap { event in
            if case .stepDecided(let decided) = event { decided.content } else { nil }
        }
    }
}

/// No peer would read an entry beside which it stands, so a hold for it would never end.
private let tooLong = Trip(
    Route.pay(eur(1), from: .alice, to: .bob)
        .adding(.approve(String(repeating: "x", count: Content<Action>.bytesMax)), to: 1)
).content

/// A saga that bank-b, at step 1 after bank-a, has to refuse.
struct Faulty: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let refusal: Refusal
    let trip: Trip

    init(
        _ description: String, _ refusal: Refusal, _ content: Content<Action>,
        deadline: Timestamp = Bench.start + .seconds(30)
    ) {
        testDescription = description
        self.refusal = refusal
        trip = Trip(content, owners: [.bankA, .bankB, .shop], deadline: deadline)
    }

    init(
        _ description: String, _ refusal: Refusal, _ route: Route,
        deadline: Timestamp = Bench.start + .seconds(30), reference: String = ""
    ) {
        let content = Trip(route, reference: reference).content
        self.init(description, refusal, content, deadline: deadline)
    }

    static let all = notUnderstood + broken + judged

    private static let paid = Route.pay(eur(100), from: .alice, to: .bob)

    private static let notUnderstood = [
        Faulty("bytes that are no content", .notUnderstood, .raw([0xFF, 0xFF, 0x01])),
        Faulty(
            "a content without steps", .notUnderstood,
            .foreign {
                $0.steps = []
                $0.reference = "nothing to do"
            }),
        Faulty(
            "an owner that is no node", .notUnderstood, .foreign { $0.steps[2].node = "The Shop" }),
        Faulty(
            "an unknown action in its own step", .notUnderstood,
            .foreign { $0.steps[1].actions.append(.init(kind: "fly")) }),
        Faulty(
            "an action of its own with a body it cannot read", .notUnderstood,
            .foreign { $0.steps[1].actions = [.init(kind: "credit", body: [0xFF])] }),
        Faulty(
            "an action of its own with a field it does not know", .notUnderstood,
            .foreign { $0.steps[1].actions[0].body += unknownField }),
        Faulty(
            "another node's money action with a field it does not know", .notUnderstood,
            .foreign { $0.steps[0].actions[0].body += unknownField }),
        Faulty(
            "an unknown field of the content", .notUnderstood,
            .raw(Trip(paid).content.bytes + unknownField)),
        Faulty(
            "a reference that is too long", .notUnderstood, paid,
            reference: String(repeating: "x", count: 141)),
    ]

    private static let unknownField: [UInt8] = [0xF8, 0x07, 0x01]

    private static let broken = [
        Faulty("seventeen steps", .brokenItinerary, steps(17)),
        Faulty(
            "neighbouring steps of one node", .brokenItinerary,
            paid.then(.shop, .take(1)).then(.shop, .take(1))),
        Faulty("a step with nothing to do", .brokenItinerary, paid.then(.shop)),
        Faulty(
            "no debit", .brokenItinerary,
            Route([(.bankA, [.take(1)]), (.bankB, [.credit(.bob, eur(100))])])),
        Faulty("two debits", .brokenItinerary, paid.adding(.debit(.alice, eur(100)), to: 0)),
        Faulty(
            "a debit that is not in step 0", .brokenItinerary,
            paid.adding(.debit(.bob, eur(100)), to: 1)),
        Faulty(
            "no credit", .brokenItinerary,
            Route([(.bankA, [.debit(.alice, eur(100))]), (.bankB, [.take(1)])])),
        Faulty(
            "a credit before the last money step", .brokenItinerary,
            paid.then(.hub, .credit(.bob, eur(100)))),
        Faulty(
            "an amount that changes on the way", .brokenItinerary,
            Route([
                (.bankA, [.debit(.alice, eur(99))]), (.bankB, [.credit(.bob, eur(100))]),
            ])),
        Faulty(
            "a currency that changes on the way", .brokenItinerary,
            Route([
                (.bankA, [.debit(.alice, known(.init(minorUnits: 100, currency: .usd)))]),
                (.bankB, [.credit(.bob, eur(100))]),
            ])),
        Faulty(
            "money steps that are not in a row", .brokenItinerary,
            Route([
                (.bankA, [.debit(.alice, eur(1))]), (.bankB, [.take(1)]),
                (.shop, [.credit(.bob, eur(1))]),
            ])),
        Faulty(
            "a debit from another bank's account", .brokenItinerary,
            Route([(.bankA, [.debit(.bea, eur(1))]), (.bankB, [.credit(.bob, eur(1))])])),
        Faulty(
            "money that passes a bank twice", .brokenItinerary,
            .pay(eur(1), from: .alice, to: .bob, over: [.bankB, .hub])),
        Faulty(
            "money that goes back and forth", .brokenItinerary,
            .pay(eur(1), from: .alice, to: .bob, over: [.bankB, .bankA, .bankB, .bankA])),
        Faulty(
            "two questions in one step", .brokenItinerary,
            paid.adding(.approve(), to: 1).adding(.approve(), to: 1)),
    ]

    private static let judged = [
        Faulty("a deadline that has come", .deadlinePassed, paid, deadline: Bench.start),
        Faulty(
            "a deadline that passed long ago", .deadlinePassed, paid, deadline: .distantPast),
        Faulty(
            "a deadline further than the cap and the skew", .deadlineTooFar, paid,
            deadline: Bench.start + .seconds(3_900) + .milliseconds(1)),
        Faulty("a deadline at the end of time", .deadlineTooFar, paid, deadline: .distantFuture),
        Faulty("a next node that is no peer", .unknownPeer, paid.then(.moon, .take(1))),
        Faulty(
            "an account that does not exist", .unknownCreditor,
            .pay(eur(100), from: .alice, to: .nobody)),
        Faulty(
            "more than the peer may owe", .exposureExceeded,
            .pay(eur(1_001), from: .alice, to: .bob)),
        Faulty("more than is on the shelf", .soldOut, paid.adding(.take(1), to: 1)),
    ]

    /// Money to Bob, and then to and fro between the shop and the hub.
    static func steps(_ count: Int) -> Route {
        (2..<count).reduce(paid) { route, number in
            route.then(number.isMultiple(of: 2) ? .shop : .hub, .take(1))
        }
    }
}
