import Ledger
import LedgerWire
import Saga
import Testing

@testable import Engine

/// Only a step that is deciding waits for a time: the question to the outside is repeated until the
/// saga's deadline, and then it is to stop. What waits for a neighbour is shown again by the link.
@Suite struct TimerTests {
    private static let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
    private static let asking = DecidingTests.asking

    @Test("The question is repeated with growing pauses, and asks to stop from the deadline on")
    func wholeLife() {
        var bench = Bench()
        bench.begin(Self.asking)
        let questions = bench.questions(of: .bankA, until: .seconds(600))

        let deadline = Duration.seconds(30)
        let asked = questions.filter { !$0.stop }.map(\.after)
        #expect(asked.count == 4)
        #expect(asked.allSatisfy { $0 < deadline })
        let stops = questions.filter(\.stop).map(\.after)
        #expect(stops.first == deadline)
        #expect(questions.map(\.after) == asked + stops)

        let pauses = zip([.zero] + asked, asked).map { $1 - $0 }
        for (attempt, pause) in pauses.enumerated() {
            #expect((1.0...1.25).contains(pause / .seconds(1 << attempt)))
        }
        for pause in zip(stops, stops.dropFirst()).map({ $1 - $0 }).dropFirst() {
            #expect((1.0...1.25).contains(pause / .seconds(60)))
        }
    }

    @Test("Nothing is asked a millisecond before it is due")
    func punctual() throws {
        var bench = Bench()
        bench.begin(Self.asking)
        let due = try #require(bench[.bankA].engine.nextDue)
        bench.now = due + .milliseconds(-1)
        #expect(bench.tick(.bankA).isSilent)
        #expect(bench.tick(.bankA, after: .milliseconds(1)).asked.count == 1)
    }

    @Test("A step that is decided asks nothing any more", arguments: [true, false])
    func decided(_ approved: Bool) {
        var bench = Bench()
        bench.begin(Self.asking)
        bench.decide(Self.asking, 0, approved)
        #expect(bench[.bankA].engine.nextDue == nil)
        #expect(bench.tick(.bankA, after: .seconds(3_600)).isSilent)
    }

    @Test("A step that waits for a neighbour has no timer, before its deadline and after it")
    func reserved() {
        var bench = Bench()
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub])))
        bench.deliverNext()
        for name in [NodeName.bankA, .hub] {
            #expect(bench[name].engine.nextDue == nil)
            #expect(bench.tick(name, after: .seconds(3_600)).isSilent)
        }
    }

    @Test("A step that was refused or confirmed at once waits for nothing")
    func nothingToWaitFor() {
        var bench = Bench()
        bench.deliver(Self.trip.word(.reserve, 1))
        bench.deliver(Trip(Self.trip.route, number: 2).word(.abandon, 1))
        bench.deliver(
            Trip(.pay(eur(9_999), from: .alice, to: .bob), number: 3).word(.reserve, 1))
        #expect(bench[.bankB].engine.nextDue == nil)
    }

    @Test("A payment whose answer is late waits past the deadline, and is settled by it")
    func noTimeout() throws {
        var bench = Bench()
        bench.begin(Self.trip)
        bench.deliverNext()
        bench.tick(.bankA, after: .seconds(3_600))
        #expect(bench[.alice].held == 100)
        bench.deliverAll()
        #expect(bench[.bob].available == 100)
        try bench.expectSettledBooks()
    }

    @Test("After recovery everything that is deciding is asked at once", arguments: [0, 30])
    func recovery(_ seconds: Int64) throws {
        var bench = Bench()
        let trips = (1...5).map { Trip(Self.asking.route, number: $0) }
        for trip in trips { bench.begin(trip) }
        bench.decide(trips[2], 0, true)
        bench.now = bench.now + .seconds(seconds)
        try bench[.bankA].restart()
        let outcome = bench.tick(.bankA)
        #expect(outcome.entries == [])
        let steps = [0, 1, 3, 4].map { trips[$0].step(0) }
        #expect(outcome.asked == steps.map { Asked(step: $0, stop: seconds >= 30) })
        #expect(bench.tick(.bankA).isSilent)
    }

    @Test("An abandon that a client asked for survives a restart")
    func recoveryOfAbandon() throws {
        var bench = Bench()
        bench.begin(Self.asking)
        bench.at(.bankA, .abandon(Self.asking.id))
        try bench[.bankA].restart()
        #expect(bench.tick(.bankA).asked == [Asked(step: Self.asking.step(0), stop: true)])
        #expect(bench.at(.bankA, .abandon(Self.asking.id)).answer == .duplicate(of: .applied))
        try bench.expectReplayEqualsLive()
    }

    @Test("A batch asks only so many questions, and leaves the others due")
    func bounded() throws {
        var limits = Limits()
        limits.retriesPerBatchMax = 3
        var bench = Bench(limits: limits)
        for number in 1...7 as ClosedRange<UInt64> {
            bench.begin(
                Trip(
                    Route.pay(eur(10), from: .alice, to: .bob).adding(.approve(), to: 0),
                    number: number))
        }
        try bench[.bankA].restart()
        let counts = (1...4).map { _ in bench.tick(.bankA).asked.count }
        #expect(counts == [3, 3, 1, 0])
    }

    @Test("Pauses double up to the longest, with at most a quarter more")
    func backoff() {
        let limits = Limits()
        for attempt in 0...64 {
            let doubled = Duration.seconds(min(60, 1 << min(attempt, 6)))
            for number in 1...50 as ClosedRange<UInt64> {
                let step = StepID(saga: SagaID(number), number: 0)
                let pause = limits.backoff(step, attempt: attempt)
                #expect((1.0...1.25).contains(pause / doubled))
            }
        }
    }

    @Test("Pauses of different sagas differ, so they do not all ask at once")
    func jitter() {
        let pauses = (1...50 as ClosedRange<UInt64>).map {
            Limits().backoff(StepID(saga: SagaID($0), number: 0), attempt: 3)
        }
        #expect(Set(pauses).count > 30)
    }
}

/// A question to the outside that was put again.
struct Question: Hashable {
    let stop: Bool
    let after: Duration
}

extension Bench {
    /// What a node asks the outside if that does not answer, and how long after now.
    mutating func questions(of name: NodeName, until end: Duration) -> [Question] {
        var questions: [Question] = []
        let start = now
        while let due = self[name].engine.nextDue, due <= start + end {
            now = max(now, due)
            questions += at(name, []).asked.map { Question(stop: $0.stop, after: now - start) }
        }
        return questions
    }
}
