import Ledger
import LedgerWire
import Saga
import Testing
import Wire

@testable import Engine

/// Answers to a client's commands, first and repeated.
@Suite struct CommandTests {
    static let trip = Trip(.pay(eur(100), from: .alice, to: .bob))
    static let inBank = Trip(.pay(eur(100), from: .alice, to: .amir))
    static let tooMuch = Trip(.pay(eur(1_001), from: .alice, to: .amir))
    static let deposit = Operate<Party>(1, .first(.deposit(eur(5), to: .alice)))
    static let owedLimit = Operate<Party>(
        1, .first(.limitOwed(to: .hub, minorUnits: 5, .eur)))
    static let blocked = Operate<Party>(1, .first(.setTransit(from: .hub, .blocked)))
    static let allowed = Operate<Party>(1, .first(.setTransit(from: .hub, .allowed)))
    static let refusedDeposit = Operate<Party>(1, .first(.deposit(eur(5), to: .nobody)))

    @Test("A rule for, or a settlement with, a bank that is no peer is refused, and remembered")
    func noPeer() {
        var bench = Bench()
        let limit = LedgerOperation.limitExposure(of: .moon, minorUnits: 5, .eur)
        #expect(bench.operate(at: .bankA, limit).answer == .refused(.unknownPeer))
        let owed = LedgerOperation.limitOwed(to: .moon, minorUnits: 5, .eur)
        #expect(bench.operate(at: .bankA, owed).answer == .refused(.unknownPeer))
        let transit = LedgerOperation.setTransit(from: .moon, .blocked)
        #expect(bench.operate(at: .bankA, transit).answer == .refused(.unknownPeer))
        #expect(bench[.bankA].ledger.transitBlocked.isEmpty)
        let settlement = LedgerOperation.settlePeer(.moon, eur(1), .received)
        #expect(bench.operate(at: .bankA, settlement).answer == .refused(.unknownPeer))
        #expect(bench[.bankA].ledger.clearings.keys.allSatisfy { $0.peer != .moon })
    }

    @Test("The first command of a UUID decides all later answers", arguments: Verdicts.all)
    func verdicts(_ row: Verdicts) throws {
        var bench = Bench()
        #expect(bench.at(.bankA, row.first).answer == row.answer)
        let before = bench[.bankA].state
        for _ in 1...2 {
            let outcome = bench.at(.bankA, row.second)
            #expect(outcome.answer == row.secondAnswer)
            #expect(outcome.entries == [])
            #expect(outcome.words.isEmpty)
        }
        #expect(bench[.bankA].state == before)
        try bench[.bankA].restart()
        #expect(bench.at(.bankA, row.second).answer == row.secondAnswer)
        try bench.expectReplayEqualsLive()
    }

    struct Verdicts: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let first: Bench.Command
        let answer: Answer
        let second: Bench.Command
        let secondAnswer: Answer

        init(
            _ description: String, _ first: Bench.Command, _ answer: Answer,
            _ second: Bench.Command, _ secondAnswer: Answer
        ) {
            testDescription = description
            self.first = first
            self.answer = answer
            self.second = second
            self.secondAnswer = secondAnswer
        }

        static let all = [
            Verdicts(
                "a transfer to another bank, twice", .begin(trip.begin), .applied,
                .begin(trip.begin), .duplicate(of: .applied)),
            Verdicts(
                "a transfer in the bank, twice", .begin(inBank.begin), .applied,
                .begin(inBank.begin), .duplicate(of: .applied)),
            Verdicts(
                "a refused transfer, twice", .begin(tooMuch.begin), .refused(.insufficientFunds),
                .begin(tooMuch.begin), .duplicate(of: .refused(.insufficientFunds))),
            Verdicts(
                "a transfer and another of the same UUID", .begin(trip.begin), .applied,
                .begin(inBank.begin), .conflict),
            Verdicts(
                "a refused transfer and another", .begin(tooMuch.begin),
                .refused(.insufficientFunds), .begin(trip.begin), .conflict),
            Verdicts(
                "a deposit, twice", .operate(deposit), .applied, .operate(deposit),
                .duplicate(of: .applied)),
            Verdicts(
                "a refused deposit, twice", .operate(refusedDeposit), .refused(.unknownAccount),
                .operate(refusedDeposit), .duplicate(of: .refused(.unknownAccount))),
            Verdicts(
                "a limit on what is owed, twice", .operate(owedLimit), .applied,
                .operate(owedLimit), .duplicate(of: .applied)),
            Verdicts(
                "a transit rule, twice", .operate(blocked), .applied, .operate(blocked),
                .duplicate(of: .applied)),
            Verdicts(
                "a transit rule and another", .operate(blocked), .applied, .operate(allowed),
                .conflict),
            Verdicts(
                "a deposit and another", .operate(deposit), .applied,
                .operate(refusedDeposit), .conflict),
            Verdicts(
                "a deposit and a transfer", .operate(deposit), .applied, .begin(trip.begin),
                .conflict),
            Verdicts(
                "a transfer and a deposit", .begin(trip.begin), .applied, .operate(deposit),
                .conflict),
            Verdicts(
                "an abandon of what nobody began", .abandon(trip.id), .unknownSaga,
                .abandon(trip.id), .unknownSaga),
            Verdicts(
                "an abandon of a deposit", .operate(deposit), .applied, .abandon(deposit.id),
                .unknownSaga),
            Verdicts(
                "an abandon of a settled transfer", .begin(inBank.begin), .applied,
                .abandon(inBank.id), .duplicate(of: .applied)),
            Verdicts(
                "an abandon of a refused transfer", .begin(tooMuch.begin),
                .refused(.insufficientFunds), .abandon(tooMuch.id),
                .duplicate(of: .refused(.insufficientFunds))),
        ]
    }

    @Test("A command says the same again whatever became of the saga", arguments: [
        Prompt.confirm, .cancel,
    ])
    func permanent(_ end: Prompt) {
        var bench = Bench()
        bench.begin(Self.trip)
        bench.deliver(Self.trip.word(end, 0))
        #expect(bench.begin(Self.trip).answer == .duplicate(of: .applied))
        #expect(bench.at(.bankA, .abandon(Self.trip.id)).answer == .duplicate(of: .applied))
    }

    @Test("A UUID that a peer has used is still free for a client")
    func peerFirst() throws {
        var bench = Bench()
        let inbound = Trip(.pay(eur(10), from: .bea, to: .alice))
        bench.deliver(inbound.word(.reserve, 1))
        #expect(bench.at(.bankA, .abandon(inbound.id)).answer == .unknownSaga)
        #expect(bench.at(.bankA, .begin(Self.trip.begin)).answer == .applied)
        // The command's own UUID is taken now, whatever is sent under it.
        #expect(bench.at(.bankA, .begin(Self.trip.begin)).answer == .duplicate(of: .applied))
        let deposit = Operate(1, .first(.deposit(eur(5), to: .alice)))
        #expect(bench.at(.bankA, .operate(deposit)).answer == .conflict)
        let named = bench[.bankA].state.sagas(named: inbound.id, max: 9)
        #expect(named.map(\.contentHash) == [Self.trip.content.hash])
        try bench.expectReplayEqualsLive()
    }

    @Test("An operation may have a UUID that a peer has used, and both are remembered")
    func operationAfterPeer() throws {
        var bench = Bench()
        let inbound = Trip(.pay(eur(10), from: .bea, to: .alice))
        bench.deliver(inbound.word(.reserve, 1))
        let deposit = Operate(1, .first(.deposit(eur(5), to: .alice)))
        #expect(bench.at(.bankA, .operate(deposit)).answer == .applied)
        #expect(bench.at(.bankA, .operate(deposit)).answer == .duplicate(of: .applied))
        #expect(bench[.bankA].state[inbound.saga]?.step(1)?.state == .confirmed)
        #expect(bench[.alice].available == 1_015)
        try bench.expectReplayEqualsLive()
    }

    @Test("A node that comes twice in an itinerary still knows its own client's command")
    func twiceInOneItinerary() {
        var bench = Bench()
        bench.stock(1, at: .bankA)
        let trip = Trip(.twice(eur(10)))
        bench.begin(trip)
        bench.deliverNext()
        bench.deliverNext()
        #expect(bench[.bankA].state.stepState(trip.step(2)) == .reserved)
        #expect(bench.begin(trip).answer == .duplicate(of: .applied))
    }

    @Test("A command and its repeats in one batch are answered in order")
    func oneBatch() {
        var bench = Bench()
        let inputs = [Self.trip, Self.trip, Self.inBank].map {
            bench.input(of: .begin($0.begin))
        }
        let outcome = bench.at(.bankA, inputs)
        #expect(outcome.answers == [.applied, .duplicate(of: .applied), .conflict])
        #expect(outcome.entries == [.decided(.reserved)])
    }

    @Test("A transfer in one bank is one entry, also when it is refused", arguments: [
        (inBank, Recorded.decided(.confirmed)),
        (tooMuch, .decided(.cancelled, .insufficientFunds)),
    ])
    func oneEntry(_ trip: Trip, _ entry: Recorded) throws {
        var bench = Bench()
        let outcome = bench.begin(trip)
        #expect(outcome.entries == [entry])
        #expect(outcome.words.isEmpty)
        #expect(bench[.bankA].engine.nextDue == nil)
        try bench.expectReplayEqualsLive()
    }

    @Test("An open saga is abandoned once, by an entry; the second time is a duplicate")
    func abandonTwice() throws {
        var bench = Bench()
        let trip = DecidingTests.asked
        bench.begin(trip)
        bench.deliverNext()
        let first = bench.at(.bankA, .abandon(trip.id))
        #expect(first.answer == .applied)
        #expect(first.entries == [.abandonRequested])
        #expect(first.sent == [Sent(.abandon, 1, to: .bankB)])
        let second = bench.at(.bankA, .abandon(trip.id))
        #expect(second.answer == .duplicate(of: .applied))
        #expect(second.entries == [])
        #expect(bench.deliverNext().asked == [Asked(step: trip.step(1), stop: true)])
        bench.decide(trip, 1, false)
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
        #expect(bench[.bankB].state.stepState(trip.step(1)) == .cancelled)
        try bench.expectReplayEqualsLive()
    }

    @Test("An abandon that comes too late does not take back what was decided")
    func abandonTooLate() {
        var bench = Bench()
        bench.begin(Self.trip)
        bench.deliverNext()
        bench.at(.bankA, .abandon(Self.trip.id))
        bench.deliverAll()
        #expect(bench[.bob].available == 100)
        #expect(bench[.bankA].state.stepState(Self.trip.step(0)) == .confirmed)
        #expect(bench[.bankA].state.quarantined == 0)
    }

    @Test("A read sees what the batch before it in line has done")
    func read() {
        var bench = Bench()
        let outcome = bench.at(
            .bankA,
            [
                bench.input(of: .begin(Self.trip.begin)),
                .read({ $0.stepState(Self.trip.step(0)) }, Ticket(99)),
            ])
        guard case .reply(Ticket(99), .value(let seen))? = outcome.outputs.last else {
            Issue.record("a read is answered")
            return
        }
        #expect(seen as? StepState == .reserved)
    }
}
