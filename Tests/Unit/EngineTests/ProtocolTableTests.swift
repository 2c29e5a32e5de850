import Engine
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing

/// The design's table, each cell acted out by real messages at the node of step 1 of three.
@Suite struct ProtocolTableTests {
    @Test("Every cell of the table does what the table says", arguments: Cell.all)
    func cell(_ cell: Cell) throws {
        var bench = Bench()
        let trip = cell.place.trip(cell.state)
        bench.bring(trip, to: cell.state)
        let outcome = bench.deliver(trip.message(cell.message, 1))
        #expect(outcome.entries == cell.entries)
        #expect(outcome.sent == cell.sent)
        #expect(outcome.asked == cell.asked.map { Asked(step: trip.step(1), stop: $0) })
        #expect(bench[.bankB].state.stepState(trip.step(1)) == cell.after)
        for message in outcome.messages {
            #expect(message.step.saga == trip.saga)
            #expect(message.deadline == (message.kind.travelsForward ? trip.deadline : nil))
            #expect(message.content == (message.kind.travelsForward ? trip.content.bytes : []))
        }
        try bench.expectReplayEqualsLive()
    }

    @Test("The same message a second time decides nothing", arguments: Cell.all)
    func repetition(_ cell: Cell) {
        var bench = Bench()
        let trip = cell.place.trip(cell.state)
        bench.bring(trip, to: cell.state)
        bench.deliver(trip.message(cell.message, 1))
        let books = bench[.bankB].state.participant
        let outcome = bench.deliver(trip.message(cell.message, 1))
        #expect(bench[.bankB].state.participant == books)
        #expect(bench[.bankB].state.stepState(trip.step(1)) == cell.after)
        #expect(!outcome.entries.contains { if case .decided = $0 { true } else { false } })
    }

    @Test("The table has all cells: five states, four messages")
    func complete() {
        let middle = Cell.all.filter { $0.place == .middle }
        #expect(Set(middle.map { "\($0.state) \($0.message)" }).count == 5 * 4)
    }
}

/// What a message does to a step in some state.
struct Cell: Sendable, CustomTestStringConvertible {
    /// Where bank-b's step stands in the itinerary.
    enum Place {
        case middle, last
        /// In the middle, for an account that bank-b refuses.
        case refused
        /// In the middle, with something that is decided later.
        case later

        func trip(_ state: StepState) -> Trip {
            let paid = Route.pay(eur(100), from: .alice, to: self == .refused ? .nobody : .bob)
            let route = self == .last ? paid : paid.then(.shop, .take(1))
            return Trip(
                state == .deciding || self == .later ? route.adding(.approve(), to: 1) : route)
        }
    }

    var place = Place.middle
    let state: StepState
    let message: Message.Kind
    let after: StepState
    var entries: [Recorded] = []
    var sent: [Sent] = []
    var asked: [Bool] = []

    var testDescription: String { "\(state), \(message), \(place)" }

    private static let reserveNext = Sent(.reserve, 2, to: .shop)
    private static let abandonNext = Sent(.abandon, 2, to: .shop)
    private static let confirmed = Sent(.confirm, 0, to: .bankA)
    private static func cancelled(_ refusal: Refusal) -> Sent {
        Sent(.cancel, 0, to: .bankA, refusal)
    }

    static let all = unknown + deciding + reserved + fromConfirmed + fromCancelled

    private static let unknown = [
        Cell(
            state: .unknown, message: .reserve, after: .reserved,
            entries: [.decided(.reserved)], sent: [reserveNext]),
        Cell(
            place: .last, state: .unknown, message: .reserve, after: .confirmed,
            entries: [.decided(.confirmed)], sent: [confirmed]),
        Cell(
            place: .refused, state: .unknown, message: .reserve, after: .cancelled,
            entries: [.decided(.cancelled, .unknownCreditor)],
            sent: [cancelled(.unknownCreditor)]),
        Cell(
            place: .later, state: .unknown, message: .reserve, after: .deciding,
            entries: [.decided(.deciding)], asked: [false]),
        Cell(
            state: .unknown, message: .abandon, after: .cancelled,
            entries: [.decided(.cancelled, .abandoned)], sent: [cancelled(.abandoned)]),
        Cell(
            state: .unknown, message: .confirm, after: .unknown,
            entries: [.quarantined(.unexpectedAnswer)]),
        Cell(
            state: .unknown, message: .cancel, after: .unknown,
            entries: [.quarantined(.unexpectedAnswer)]),
    ]

    private static let deciding = [
        Cell(state: .deciding, message: .reserve, after: .deciding),
        Cell(state: .deciding, message: .abandon, after: .deciding, asked: [true]),
        Cell(
            state: .deciding, message: .confirm, after: .deciding,
            entries: [.quarantined(.unexpectedAnswer)]),
        Cell(
            state: .deciding, message: .cancel, after: .deciding,
            entries: [.quarantined(.unexpectedAnswer)]),
    ]

    private static let reserved = [
        Cell(state: .reserved, message: .reserve, after: .reserved),
        Cell(state: .reserved, message: .abandon, after: .reserved, sent: [abandonNext]),
        Cell(
            state: .reserved, message: .confirm, after: .confirmed,
            entries: [.decided(.confirmed)], sent: [confirmed]),
        Cell(
            state: .reserved, message: .cancel, after: .cancelled,
            entries: [.decided(.cancelled, .soldOut)], sent: [cancelled(.soldOut)]),
    ]

    private static let fromConfirmed = [
        Cell(state: .confirmed, message: .reserve, after: .confirmed, sent: [confirmed]),
        Cell(state: .confirmed, message: .abandon, after: .confirmed, sent: [confirmed]),
        Cell(state: .confirmed, message: .confirm, after: .confirmed),
        Cell(
            state: .confirmed, message: .cancel, after: .confirmed,
            entries: [.quarantined(.contradiction)]),
    ]

    private static let fromCancelled = [
        Cell(
            state: .cancelled, message: .reserve, after: .cancelled,
            sent: [cancelled(.soldOut)]),
        Cell(
            state: .cancelled, message: .abandon, after: .cancelled,
            sent: [cancelled(.soldOut)]),
        Cell(
            state: .cancelled, message: .confirm, after: .cancelled,
            entries: [.quarantined(.contradiction)]),
        Cell(state: .cancelled, message: .cancel, after: .cancelled),
    ]
}

extension Bench {
    /// Brings step 1 of `trip` to `state`, as its neighbours would.
    mutating func bring(_ trip: Trip, to state: StepState) {
        guard state != .unknown else { return }
        deliver(trip.message(.reserve, 1))
        if state == .confirmed { deliver(trip.message(.confirm, 1)) }
        if state == .cancelled { deliver(trip.message(.cancel, 1)) }
        precondition(self[trip.owners[1]].state.stepState(trip.step(1)) == state)
    }
}
