import Chain
import Ledger
import LedgerWire
import Saga
import Testing
import TestKit

@testable import Engine

/// A log that was written under a clock that was ahead, and approvers who say so.
@Suite struct ClockTests {
    private static let ahead = Duration.seconds(7_200)

    /// bank-a committed once two hours ahead of time; approvers accept the right clock.
    private func accepted() -> (Bench, right: Timestamp) {
        var bench = Bench()
        let right = bench.now
        bench.now = right + Self.ahead
        bench.begin(Trip(.pay(eur(100), from: .alice, to: .bob)))
        bench.now = right
        bench[.bankA].acceptClock(at: right)
        return (bench, right)
    }

    @Test("Deadlines follow the accepted clock; commit times do not advance, and never go back")
    func deadlines() throws {
        var (bench, right) = accepted()
        let times = bench[.bankA].commits.map(\.header.time)
        #expect(times.last == right + Self.ahead)
        #expect(bench[.bankA].state.clockFloor == right)

        // A transfer whose deadline lies between the right time and the log's is begun in time.
        let trip = Trip(DecidingTests.asking.route, number: 2, deadline: right + .seconds(30))
        bench.begin(trip)
        #expect(bench[.bankA].state.stepState(trip.step(0)) == .deciding)
        #expect(bench[.bankA].commits.last?.header.time == right + Self.ahead)
        // The outside is asked to stop at its deadline, although the log's time does not advance.
        let questions = bench.questions(of: .bankA, until: .seconds(31))
        #expect(questions.last?.stop == true)
        bench.now = right + Self.ahead + .seconds(1)
        bench.begin(Trip(.pay(eur(1), from: .alice, to: .bob), number: 3))
        #expect(bench[.bankA].commits.last?.header.time == bench.now)
        #expect(bench[.bankA].state.clockFloor == bench.now)
    }

    @Test("It is a fold of the log, and in its snapshots")
    func folds() throws {
        let (bench, right) = accepted()
        let node = bench[.bankA]
        #expect(node.state.clockAcceptance?.wallTime == right)
        #expect(try node.recovered() == node.state)
        let snapshot = node.snapshot(after: node.commits.count - 1)
        #expect(try node.recovered(from: snapshot) == node.state)
        #expect(Engine(node.engine.configuration, state: node.state).now == right)
    }

    @Test("An entry with one approver does not fold", arguments: [[], ["ada"], ["ada", "ada"]])
    func rules(_ approvers: [String]) {
        let bench = Bench()
        var state = bench[.bankA].state
        #expect(throws: FoldFault.self) {
            try state.apply(.clockAccepted(bench.now, by: Cast.ada, approvers: approvers))
        }
    }

    @Test("A node that only answers reads lets no time pass")
    func reads() {
        var engine = Bench()[.bankA].engine
        let before = engine.now
        let batch = engine.answer([.read({ $0.position }, Ticket(1))])
        #expect(batch.events.isEmpty && batch.outputs.count == 1)
        #expect(engine.now == before)
    }
}
