import GeneratedWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import TestKit
import Wire

@testable import Engine

/// An operator of bank B stops taking new steps from bank A, and takes them again.
@Suite struct IntakeTests {
    private static let refused = [Recorded.decided(.cancelled, .intakeStopped)]
    private static let cancel = [Sent(.cancel, 0, to: .bankA, .intakeStopped)]

    private static func payment(_ number: UInt64 = 1, over banks: [NodeName] = []) -> Trip {
        Trip(.pay(eur(10), from: .alice, to: .bob, over: banks), number: number)
    }

    /// Bank B holds the step until the shop answers.
    private static func purchase(_ number: UInt64 = 1) -> Trip {
        Trip(Route.pay(eur(10), from: .alice, to: .bob).then(.shop, .take(1)), number: number)
    }

    private static func stopped() -> Bench {
        var bench = Bench()
        bench.setIntake(from: .bankA, .stopped, at: .bankB)
        return bench
    }

    @Test("A new step of a stopped peer is refused with the reason, and its payer has the money")
    func refused() throws {
        var bench = Bench()
        let set = bench.setIntake(from: .bankA, .stopped, at: .bankB)
        #expect(set.answer == .applied)
        #expect(set.entries == [.intakeSet(.bankA, .stopped)])
        #expect(set.events.map(\.principal) == [Cast.ada])
        #expect(set.words.isEmpty)
        let trip = Self.payment()
        #expect(bench.begin(trip).answer == .applied)
        let outcome = bench.deliverNext()
        #expect(outcome.entries == Self.refused)
        #expect(outcome.sent == Self.cancel)
        bench.deliverAll()
        #expect(bench.balances(.alice) == [1_000, 0, 0])
        #expect(bench.balances(.bob) == [0, 0, 0])
        #expect(bench[.bankA].state[trip.saga]?.step(0)?.refusal == .intakeStopped)
        #expect(Refusal.intakeStopped.reason(at: Ledger.self).isoCode == "AG10")
        try bench.expectSettledBooks()
    }

    @Test("Other peers' steps are done, also those of a saga that the stopped peer has begun")
    func otherPeers() throws {
        var bench = Self.stopped()
        bench.begin(Self.payment(over: [.hub]))
        bench.deliverAll()
        #expect(bench[.bob].available == 10)
        try bench.expectSettledBooks()
    }

    @Test("A client's saga that continues at the stopped peer is begun, and its answer counts")
    func towardsPeer() throws {
        var bench = Self.stopped()
        let trip = Trip(.pay(eur(10), from: .bea, to: .alice))
        #expect(bench.begin(trip).answer == .applied)
        bench.deliverAll()
        #expect(bench[.alice].available == 1_010)
        #expect(bench[.bankB].state.stepState(trip.step(0)) == .confirmed)
        try bench.expectSettledBooks()
    }

    @Test("A no of the stopped peer releases what was held for it")
    func cancelled() throws {
        var bench = Self.stopped()
        let nobody = known(AccountID("acct-nobody00@bank-a"))
        bench.begin(Trip(.pay(eur(10), from: .bea, to: nobody)))
        #expect(bench.balances(.bea) == [990, 10, 0])
        bench.deliverAll()
        #expect(bench.balances(.bea) == [1_000, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A saga of a client's own that comes back from the stopped peer ends")
    func comesBack() throws {
        var bench = Bench()
        bench.stock(1, at: .bankA)
        bench.setIntake(from: .bankB, .stopped, at: .bankA)
        #expect(bench.begin(Trip(.twice(eur(10)))).answer == .applied)
        bench.deliverAll()
        #expect(bench[.alice].available == 1_000)
        #expect(bench[.bob].available == 0)
        try bench.expectSettledBooks()
    }

    @Test("What is held already is settled")
    func held() throws {
        var bench = Bench()
        let trip = Self.purchase()
        bench.begin(trip)
        #expect(bench.deliverNext().entries == [.decided(.reserved)])
        bench.setIntake(from: .bankA, .stopped, at: .bankB)
        #expect(bench.balances(.bob) == [0, 0, 10])
        // A repeated request changes nothing.
        let again = bench.deliver(trip.word(.reserve, 1).again)
        #expect(again.entries == [] && again.sent == [])
        bench.deliverAll()
        #expect(bench[.bob].available == 10)
        // What was decided before is answered.
        let late = bench.deliver(trip.word(.reserve, 1).again)
        #expect(late.entries == [.repeated(.confirmed)])
        #expect(late.sent == [Sent(.confirm, 0, to: .bankA)])
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("A request to abandon counts, and is refused where nothing was asked for")
    func abandon() throws {
        var bench = Bench()
        let trip = Self.purchase()
        bench.begin(trip)
        bench.deliverNext()
        bench.setIntake(from: .bankA, .stopped, at: .bankB)
        #expect(bench.deliver(trip.word(.abandon, 1)).sent == [Sent(.abandon, 2, to: .shop)])
        let other = bench.deliver(Self.purchase(2).word(.abandon, 1))
        #expect(other.entries == [.quarantined(.unexpectedAnswer)])
        try bench.expectReplayEqualsLive()
    }

    @Test("A step that is deciding is approved as ever")
    func deciding() throws {
        var bench = Bench()
        bench.begin(DecidingTests.asked)
        #expect(bench.deliverNext().entries == [.decided(.deciding)])
        bench.setIntake(from: .bankA, .stopped, at: .bankB)
        #expect(bench.decide(DecidingTests.asked, 1, true).entries == [.decided(.confirmed)])
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test(
        "It is the first reason of all, and of the step the log keeps the content's hash alone",
        arguments: Faulty.all)
    func contentIsNotKept(_ faulty: Faulty) throws {
        var bench = Self.stopped()
        let before = bench[.bankB].state.participant
        let outcome = bench.deliver(faulty.trip.word(.reserve, 1))
        #expect(outcome.entries == Self.refused)
        #expect(outcome.dropped == 0)
        guard case .stepDecided(let decided)? = outcome.events.first else {
            Issue.record("nothing was decided")
            return
        }
        #expect(decided.content.isEmpty)
        #expect(decided.step == faulty.trip.step(1))
        #expect(bench[.bankB].state.participant == before)
        let again = bench.deliver(faulty.trip.word(.reserve, 1))
        #expect(again.entries == [.repeated(.cancelled)] && again.sent == Self.cancel)
        let abandoned = bench.deliver(faulty.trip.word(.abandon, 1))
        #expect(abandoned.entries == [] && abandoned.sent == [])
        try bench.expectReplayEqualsLive()
    }

    @Test("A restart and a snapshot keep it")
    func keeps() throws {
        var bench = Self.stopped()
        try bench[.bankB].restart()
        #expect(bench[.bankB].state.stoppedPeers == [.bankA])
        #expect(bench.deliver(Self.payment().word(.reserve, 1)).entries == Self.refused)
        let snapshot = bench[.bankB].snapshot(after: bench[.bankB].commits.count - 1)
        try bench[.bankB].restart(from: snapshot)
        #expect(bench[.bankB].state.intake(from: .bankA) == .stopped)
        #expect(bench[.bankB].state.intake(from: .hub) == .open)
        #expect(bench.deliver(Self.payment(2).word(.reserve, 1)).entries == Self.refused)
        try bench.expectReplayEqualsLive()
    }

    @Test("Once it is open again new steps are done; what was refused meanwhile stays refused")
    func resumed() throws {
        var bench = Self.stopped()
        bench.deliver(Self.payment().word(.reserve, 1))
        let set = bench.setIntake(from: .bankA, .open, at: .bankB)
        #expect(set.answer == .applied)
        #expect(set.entries == [.intakeSet(.bankA, .open)])
        #expect(bench[.bankB].state.stoppedPeers.isEmpty)
        #expect(bench.deliver(Self.payment().word(.reserve, 1)).sent == Self.cancel)
        let next = bench.deliver(Self.payment(2).word(.reserve, 1))
        #expect(next.entries == [.decided(.confirmed)])
        try bench.expectReplayEqualsLive()
    }

    @Test("In one batch each step is judged by what was set before it")
    func oneBatch() throws {
        var bench = Bench()
        let first = bench.input(of: Self.payment(1).word(.reserve, 1))
        let second = bench.input(of: Self.payment(2).word(.reserve, 1))
        let third = bench.input(of: Self.payment(3).word(.reserve, 1))
        let outcome = bench.at(
            .bankB,
            [
                first, .setIntake(from: .bankA, .stopped, by: Cast.ada, Ticket(1)), second,
                .setIntake(from: .bankA, .open, by: Cast.ada, Ticket(2)), third,
            ])
        #expect(
            outcome.entries == [
                .decided(.confirmed), .intakeSet(.bankA, .stopped),
                .decided(.cancelled, .intakeStopped), .intakeSet(.bankA, .open),
                .decided(.confirmed),
            ])
        try bench.expectReplayEqualsLive()
    }

    @Test("A repetition is a duplicate and makes no entry", arguments: Intake.allCases)
    func duplicate(_ intake: Intake) {
        var bench = intake == .stopped ? Self.stopped() : Bench()
        let before = bench[.bankB].state
        let outcome = bench.setIntake(from: .bankA, intake, at: .bankB)
        #expect(outcome.answer == .duplicate(of: .applied))
        #expect(outcome.entries == [])
        #expect(bench[.bankB].state == before)
    }

    @Test(
        "A node that is no peer is unknown, the own one too",
        arguments: [NodeName.moon, .bankB], Intake.allCases)
    func unknownPeer(_ name: NodeName, _ intake: Intake) {
        var bench = Bench()
        let outcome = bench.setIntake(from: name, intake, at: .bankB)
        #expect(outcome.answer == .unknownPeer)
        #expect(outcome.entries == [])
    }

    @Test("An entry that changes nothing does not fold", arguments: Intake.allCases)
    func rules(_ intake: Intake) {
        let bench = intake == .stopped ? Self.stopped() : Bench()
        var state = bench[.bankB].state
        #expect(throws: FoldFault.self) {
            try state.apply(.intakeSet(from: .bankA, intake, by: Cast.ada))
        }
    }

    @Test("A snapshot names stopped peers in order, and none twice or without a name")
    func snapshots() throws {
        var bench = Self.stopped()
        bench.setIntake(from: .shop, .stopped, at: .bankB)
        bench.setIntake(from: .hub, .stopped, at: .bankB)
        let bytes = bench[.bankB].state.encoded()
        let kept = try Giro_Snapshot_V1_State(wire: bytes).stoppedPeers
        #expect(kept == ["bank-a", "hub", "shop"])
        #expect(try State<Party>(encoded: bytes).stoppedPeers == [.bankA, .hub, .shop])
        func changed(_ change: (inout Giro_Snapshot_V1_State) -> Void) throws -> [UInt8] {
            var wire = try Giro_Snapshot_V1_State(wire: bytes)
            change(&wire)
            return try wire.wireBytes()
        }
        let same = try changed { _ in }
        #expect(same == bytes)
        let twice = try changed { $0.stoppedPeers.append("hub") }
        let nobody = try changed { $0.stoppedPeers[0] = "Bank A" }
        for other in [twice, nobody] {
            #expect(throws: WireError.self) { try State<Party>(encoded: other) }
        }
    }
}
