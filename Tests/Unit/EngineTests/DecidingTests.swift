import Engine
import Ledger
import LedgerWire
import Saga
import Testing

/// Steps that are decided later, by an approver.
@Suite struct DecidingTests {
    /// The payer's bank asks an approver before it reserves.
    static let asking = Trip(
        Route.pay(eur(100), from: .alice, to: .bob).adding(.approve(), to: 0))
    /// The payee's bank does, and is the last.
    static let asked = Trip(
        Route.pay(eur(100), from: .alice, to: .bob).adding(.approve(), to: 1))

    @Test("The at-once actions are held in the entry that asks")
    func held() throws {
        var bench = Bench()
        let outcome = bench.begin(Self.asking)
        #expect(outcome.answer == .applied)
        #expect(outcome.entries == [.decided(.deciding)])
        #expect(outcome.asked == [Asked(step: Self.asking.step(0), stop: false)])
        #expect(outcome.words.isEmpty)
        #expect(bench[.alice].held == 100)
        #expect(bench[.bankA].state.openSteps.deciding == 1)
        #expect(bench[.bankA].state.openSteps.reserved == 0)
        try bench.expectReplayEqualsLive()
    }

    @Test("A deciding step counts as reserved for the exposure and for closing the account")
    func counts() {
        var bench = Bench()
        bench.deliver(Self.asked.word(.reserve, 1))
        #expect(bench[.bankB].ledger.clearing(with: .bankA, in: .eur).exposure == 100)
        let close = bench.operate(at: .bankB, .close(.bob))
        #expect(close.answer == .refused(.accountInUse))
        let next = Trip(.pay(eur(901), from: .alice, to: .bob), number: 2)
        #expect(
            bench.deliver(next.word(.reserve, 1)).entries
                == [.decided(.cancelled, .exposureExceeded)])
    }

    @Test("A yes reserves the step and asks the next; at the last step it confirms")
    func yes() throws {
        var bench = Bench()
        bench.begin(Self.asking)
        let outcome = bench.decide(Self.asking, 0, true)
        #expect(outcome.answer == .applied)
        #expect(outcome.entries == [.decided(.reserved)])
        #expect(outcome.sent == [Sent(.reserve, 1, to: .bankB)])
        #expect(outcome.words.first?.content == Self.asking.content.bytes)
        #expect(bench[.bankA].state.openSteps.deciding == 0)
        #expect(bench[.bankA].state.openSteps.reserved == 1)
        bench.deliverAll()
        #expect(bench[.bankA].state.openSteps.reserved == 0)
        #expect(bench[.bob].available == 100)

        let trip = Trip(Self.asked.route, number: 2)
        bench.begin(trip)
        bench.deliverAll()
        let last = bench.decide(trip, 1, true)
        #expect(last.entries == [.decided(.confirmed)])
        #expect(last.sent == [Sent(.confirm, 0, to: .bankA)])
        bench.deliverAll()
        #expect(bench[.bob].available == 200)
        #expect(bench[.alice].held == 0)
        try bench.expectReplayEqualsLive()
    }

    @Test("A no releases the at-once actions in the same entry, and tells the step before")
    func no() throws {
        var bench = Bench()
        bench.begin(Self.asked)
        bench.deliverAll()
        #expect(bench[.bob].incoming == 100)
        let outcome = bench.decide(Self.asked, 1, false)
        #expect(outcome.answer == .applied)
        #expect(outcome.entries == [.decided(.cancelled, .declined)])
        #expect(outcome.sent == [Sent(.cancel, 0, to: .bankA, .declined)])
        #expect(bench[.bob].incoming == 0)
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
        try bench.expectReplayEqualsLive()
    }

    @Test("A rejection at the origin is shown to no peer, and the client's answer stays the same")
    func noAtTheOrigin() {
        var bench = Bench()
        bench.begin(Self.asking)
        #expect(bench.decide(Self.asking, 0, false).words.isEmpty)
        #expect(bench[.alice].available == 1_000)
        #expect(bench.begin(Self.asking).answer == .duplicate(of: .applied))
    }

    @Test("A second answer changes nothing", arguments: [true, false], [true, false])
    func secondAnswer(_ first: Bool, _ second: Bool) {
        var bench = Bench()
        bench.begin(Self.asking)
        bench.decide(Self.asking, 0, first)
        let before = bench[.bankA].state
        let outcome = bench.decide(Self.asking, 0, second)
        // The same answer is a duplicate; the opposite one is a conflict.
        #expect(outcome.answer == (first == second ? .duplicate(of: .applied) : .conflict))
        #expect(outcome.entries == [])
        #expect(outcome.words.isEmpty)
        #expect(bench[.bankA].state == before)
    }

    @Test(
        "The answer that was given stays the same when a later step closes the saga otherwise",
        arguments: [true, false])
    func answerOutlivesLaterSteps(_ isFinal: Bool) throws {
        var bench = Bench()
        let trip = Trip(Self.asking.route.adding(.approve(), to: 1))
        bench.begin(trip)
        #expect(bench.decide(trip, 0, true).answer == .applied)
        bench.deliverAll()
        #expect(bench.decide(trip, 1, isFinal).answer == .applied)
        bench.deliverAll()
        // Both steps are cancelled as declined where the second approver declines.
        let known = bench[.bankA].state[trip.saga]?.step(0)
        #expect(known?.state == (isFinal ? .confirmed : .cancelled))
        #expect(known?.refusal == (isFinal ? nil : .declined))
        for _ in 1...2 {
            #expect(bench.decide(trip, 0, true).answer == .duplicate(of: .applied))
            #expect(bench.decide(trip, 0, false).answer == .conflict)
            #expect(bench.decide(trip, 1, isFinal).answer == .duplicate(of: .applied))
            #expect(bench.decide(trip, 1, !isFinal).answer == .conflict)
            // The snapshot keeps it, too.
            for name in [.bankA, .bankB] as [NodeName] {
                let newest = bench[name].checkpoints.count - 1
                try bench[name].restart(from: bench[name].snapshot(after: newest))
            }
        }
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "A step that closed without a question has no answer to repeat", arguments: [true, false])
    func neverAsked(_ approved: Bool) {
        var bench = Bench()
        let plain = Trip(.pay(eur(100), from: .alice, to: .bob), number: 2)
        bench.begin(plain)
        bench.deliverAll()
        for number in 0...1 {
            #expect(bench.decide(plain, number, approved).answer == .conflict)
        }
        let tooMuch = Trip(.pay(eur(5_000), from: .alice, to: .bob), number: 3)
        bench.begin(tooMuch)
        #expect(bench.decide(tooMuch, 0, approved).answer == .conflict)
    }

    @Test("An answer about an unknown step decides nothing")
    func unknownStep() {
        var bench = Bench()
        #expect(bench.decide(Self.asking, 0, true).answer == .unknownSaga)
        bench.begin(Self.asking)
        let other = bench.at(.bankA, .decide(Self.asking.step(1), approved: true))
        #expect(other.answer == .unknownSaga)
        #expect(bench[.bankA].state.stepState(Self.asking.step(0)) == .deciding)
    }

    @Test("The question is put again with pauses, and from the deadline on asks to stop")
    func timers() {
        var bench = Bench()
        bench.begin(Self.asking)
        var asked: [(after: Duration, stop: Bool)] = []
        while let due = bench[.bankA].engine.nextDue, due <= Bench.start + .seconds(120) {
            bench.now = due
            for question in bench.tick(.bankA).asked {
                #expect(question.step == Self.asking.step(0))
                asked.append((bench.now - Bench.start, question.stop))
            }
        }
        #expect(asked.filter { !$0.stop }.count == 4)
        #expect(asked.allSatisfy { $0.stop == ($0.after >= .seconds(30)) })
        #expect(asked.first { $0.stop }?.after == .seconds(30))
        #expect(asked.count > 5)
    }

    @Test("After recovery the question is put again")
    func recovery() throws {
        var bench = Bench()
        bench.begin(Self.asking)
        try bench[.bankA].restart()
        let outcome = bench.tick(.bankA)
        #expect(outcome.asked == [Asked(step: Self.asking.step(0), stop: false)])
        #expect(bench.decide(Self.asking, 0, true).entries == [.decided(.reserved)])
    }

    @Test("A client's abandon asks to stop at once; a no then ends the saga")
    func abandon() {
        var bench = Bench()
        bench.begin(Self.asking)
        let outcome = bench.at(.bankA, .abandon(Self.asking.id))
        #expect(outcome.entries == [.abandonRequested])
        #expect(outcome.asked == [Asked(step: Self.asking.step(0), stop: true)])
        bench.decide(Self.asking, 0, false)
        #expect(bench[.alice].available == 1_000)
        #expect(bench[.bankA].engine.nextDue == nil)
    }

    @Test("A yes after the deadline counts at the last step, which decides")
    func lateYesAtTheLast() {
        var bench = Bench()
        bench.begin(Self.asked)
        bench.deliverAll()
        let overdue = bench.tick(.bankB, after: .seconds(31))
        #expect(overdue.asked == [Asked(step: Self.asked.step(1), stop: true)])
        #expect(bench.decide(Self.asked, 1, true).entries == [.decided(.confirmed)])
        bench.deliverAll()
        #expect(bench[.bob].available == 100)
    }

    @Test("A late approval at an earlier step asks the next node, for which it is too late")
    func lateYes() throws {
        var bench = Bench()
        bench.begin(Self.asking)
        bench.now = bench.now + .seconds(31)
        let outcome = bench.decide(Self.asking, 0, true)
        #expect(outcome.entries == [.decided(.reserved)])
        #expect(outcome.sent == [Sent(.reserve, 1, to: .bankB)])
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
        #expect(bench[.alice].held == 0)
        let known = bench[.bankA].state[Self.asking.saga]?.step(0)
        #expect(known?.state == .cancelled && known?.refusal == .deadlinePassed)
        try bench.expectSettledBooks()
    }

    @Test("An abandon that came while a step was deciding follows its late yes, in one commit")
    func abandonBeforeYes() throws {
        var bench = Bench()
        bench.begin(Self.asking)
        bench.at(.bankA, .abandon(Self.asking.id))
        let outcome = bench.decide(Self.asking, 0, true)
        #expect(outcome.entries == [.decided(.reserved), .abandonRequested])
        #expect(
            outcome.sent == [Sent(.reserve, 1, to: .bankB), Sent(.abandon, 1, to: .bankB)])
        #expect(outcome.commitCount == 1)
        // The last step decides: it has confirmed before it hears of the abandon.
        bench.deliverAll()
        #expect(bench[.bob].available == 100)
        try bench.expectSettledBooks()
    }

    @Test("A neighbour's abandon of a deciding step asks the outside to stop, and a no ends it")
    func abandonOfNeighbour() throws {
        var bench = Bench()
        let trip = Trip(Self.asked.route.then(.shop, .take(1)))
        bench.begin(trip)
        bench.deliverNext()
        bench.at(.bankA, .abandon(trip.id))
        let outcome = bench.deliverNext()
        #expect(outcome.entries == [.abandonRequested] && outcome.sent == [])
        #expect(outcome.asked == [Asked(step: trip.step(1), stop: true)])
        try bench[.bankB].restart()
        #expect(bench.tick(.bankB).asked == [Asked(step: trip.step(1), stop: true)])
        bench.decide(trip, 1, false)
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
        try bench.expectSettledBooks()
    }
}

extension Bench {
    /// The late answer about step `number`, at its owner.
    @discardableResult
    mutating func decide(_ trip: Trip, _ number: Int, _ approved: Bool) -> Outcome {
        at(trip.owners[number], .decide(trip.step(number), approved: approved))
    }
}
