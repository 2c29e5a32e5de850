import Ledger
import LedgerWire
import Saga
import Testing

@testable import Engine

/// Nothing waits without a deadline: a holder retries Reserve until it, and sends Abandon after it.
@Suite struct TimerTests {
    static let trip = Trip(.pay(eur(100), from: .alice, to: .bob))

    @Test("Reserve is retried with growing pauses, and Abandon is sent from the deadline on")
    func wholeLife() {
        var bench = Bench()
        bench.begin(Self.trip)
        let questions = bench.questions(of: .bankA, until: .seconds(600))

        let deadline = Duration.seconds(30)
        let reserves = questions.filter { $0.kind == .reserve }.map(\.after)
        #expect(reserves.count == 4)
        #expect(reserves.allSatisfy { $0 < deadline })
        let abandons = questions.filter { $0.kind == .abandon }.map(\.after)
        #expect(abandons.first == deadline)
        #expect(questions.map(\.after) == reserves + abandons)

        let pauses = zip([.zero] + reserves, reserves).map { $1 - $0 }
        for (attempt, pause) in pauses.enumerated() {
            #expect((1.0...1.25).contains(pause / .seconds(1 << attempt)))
        }
        for pause in zip(abandons, abandons.dropFirst()).map({ $1 - $0 }).dropFirst() {
            #expect((1.0...1.25).contains(pause / .seconds(60)))
        }
    }

    @Test("A retry is the same message as the first attempt")
    func sameQuestion() {
        var bench = Bench()
        let first = bench.begin(Self.trip).messages
        #expect(bench.tick(.bankA, after: .seconds(2)).messages == first)
    }

    @Test("Nothing is asked a millisecond before it is due")
    func punctual() throws {
        var bench = Bench()
        bench.begin(Self.trip)
        let due = try #require(bench[.bankA].engine.nextDue)
        bench.now = due + .milliseconds(-1)
        #expect(bench.tick(.bankA).isSilent)
        #expect(bench.tick(.bankA, after: .milliseconds(1)).sent.count == 1)
    }

    @Test("A step that is terminal asks nothing any more", arguments: [
        Message.Kind.confirm, .cancel,
    ])
    func terminal(_ kind: Message.Kind) {
        var bench = Bench()
        bench.begin(Self.trip)
        bench.deliver(Self.trip.message(kind, 0))
        #expect(bench[.bankA].engine.nextDue == nil)
        #expect(bench.tick(.bankA, after: .seconds(3_600)).isSilent)
    }

    @Test("A step that was refused, buried or confirmed at once waits for nothing")
    func nothingToWaitFor() {
        var bench = Bench()
        bench.deliver(Self.trip.message(.reserve, 1))
        bench.deliver(Trip(Self.trip.route, number: 2).message(.abandon, 1))
        bench.deliver(
            Trip(.pay(eur(9_999), from: .alice, to: .bob), number: 3).message(.reserve, 1))
        #expect(bench[.bankB].engine.nextDue == nil)
    }

    @Test("Any holder keeps retrying, so a lost origin leaves no step held")
    func holder() {
        var bench = Bench()
        let trip = Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub]))
        bench.deliver(trip.message(.reserve, 1))
        bench.mail = []
        #expect(bench.tick(.hub, after: .seconds(2)).sent == [Sent(.reserve, 2, to: .bankB)])
        bench.mail = []
        #expect(bench.tick(.hub, after: .seconds(28)).sent == [Sent(.abandon, 2, to: .bankB)])
        bench.deliverAll()
        #expect(bench[.hub].state.stepState(trip.step(1)) == .cancelled)
    }

    @Test("A client that abandons is obeyed at once, and Reserve is asked no more")
    func abandonRequested() {
        var bench = Bench()
        bench.begin(Self.trip)
        let outcome = bench.at(.bankA, .abandon(Self.trip.id))
        #expect(outcome.sent == [Sent(.abandon, 1, to: .bankB)])
        let questions = bench.questions(of: .bankA, until: .seconds(100))
        #expect(!questions.isEmpty)
        #expect(questions.allSatisfy { $0.kind == .abandon })
        #expect(questions.first.map { $0.after <= .seconds(1.25) } == true)
    }

    @Test("After recovery everything that is open is asked at once", arguments: [0, 30])
    func recovery(_ seconds: Int64) throws {
        var bench = Bench()
        let trips = (1...5).map { Trip(.pay(eur(10), from: .alice, to: .bob), number: $0) }
        for trip in trips { bench.begin(trip) }
        bench.deliver(trips[2].message(.confirm, 0))
        bench.now = bench.now + .seconds(seconds)
        try bench[.bankA].restart()
        let outcome = bench.tick(.bankA)
        #expect(outcome.entries == [])
        #expect(outcome.messages.map(\.step.saga.command) == [1, 2, 4, 5].map { CommandID($0) })
        let expected = Message.Kind.allCases[seconds < 30 ? 0 : 1]
        #expect(outcome.messages.allSatisfy { $0.kind == expected })
        #expect(bench.tick(.bankA).isSilent)
    }

    @Test("An abandon that a client asked for survives a restart")
    func recoveryOfAbandon() throws {
        var bench = Bench()
        bench.begin(Self.trip)
        bench.at(.bankA, .abandon(Self.trip.id))
        try bench[.bankA].restart()
        #expect(bench.tick(.bankA).sent == [Sent(.abandon, 1, to: .bankB)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A batch asks only so many questions, and leaves the others due")
    func bounded() throws {
        var limits = Limits()
        limits.retriesPerBatchMax = 3
        var bench = Bench(limits: limits)
        for number in 1...7 {
            bench.begin(Trip(.pay(eur(10), from: .alice, to: .bob), number: UInt64(number)))
        }
        try bench[.bankA].restart()
        let counts = (1...4).map { _ in bench.tick(.bankA).messages.count }
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

/// A question that followed from no entry.
struct Question: Hashable {
    let kind: Message.Kind
    let after: Duration
}

extension Bench {
    /// Questions that a node asks if no peer answers, and how long after now.
    mutating func questions(of name: NodeName, until end: Duration) -> [Question] {
        var questions: [Question] = []
        let start = now
        while let due = self[name].engine.nextDue, due <= start + end {
            now = max(now, due)
            questions += at(name, []).messages.map {
                Question(kind: $0.kind, after: now - start)
            }
        }
        return questions
    }
}
