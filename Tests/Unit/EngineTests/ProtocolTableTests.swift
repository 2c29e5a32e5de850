import Engine
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing

/// The design's table, each cell acted out by real entries at the node of step 1 of three.
@Suite struct ProtocolTableTests {
    @Test("Every cell of the table does what the table says", arguments: Cell.all)
    func cell(_ cell: Cell) throws {
        var bench = Bench()
        let trip = cell.place.trip(cell.state)
        bench.bring(trip, to: cell.state)
        let outcome = bench.deliver(trip.word(cell.prompt, 1))
        #expect(outcome.entries == cell.entries)
        #expect(outcome.sent == cell.sent)
        #expect(outcome.asked == cell.asked.map { Asked(step: trip.step(1), stop: $0) })
        #expect(bench[.bankB].state.stepState(trip.step(1)) == cell.after)
        for word in outcome.words {
            #expect(word.step.saga == trip.saga)
            #expect(word.deadline == (word.prompt == .reserve ? trip.deadline : nil))
            #expect(word.content == (word.prompt == .reserve ? trip.content.bytes : []))
        }
        // Whatever it does, it is taken, and the log says so.
        #expect(outcome.allEntries.last == .read(outcome.reads[0].peer))
        #expect(outcome.reads.count == 1)
        try bench.expectReplayEqualsLive()
    }

    @Test("The same entry a second time decides nothing", arguments: Cell.all)
    func repetition(_ cell: Cell) {
        var bench = Bench()
        let trip = cell.place.trip(cell.state)
        bench.bring(trip, to: cell.state)
        bench.deliver(trip.word(cell.prompt, 1))
        let books = bench[.bankB].state.participant
        let outcome = bench.deliver(trip.word(cell.prompt, 1))
        #expect(bench[.bankB].state.participant == books)
        #expect(bench[.bankB].state.stepState(trip.step(1)) == cell.after)
        #expect(!outcome.entries.contains { if case .decided = $0 { true } else { false } })
    }

    @Test("The table has all cells: five states, four prompts of neighbours")
    func complete() {
        let middle = Cell.all.filter { $0.place == .middle }
        #expect(Set(middle.map { "\($0.state) \($0.prompt)" }).count == 5 * 4)
    }
}

/// What a neighbour's entry does to a step in some state.
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
    let prompt: Prompt
    let after: StepState
    var entries: [Recorded] = []
    var sent: [Sent] = []
    var asked: [Bool] = []

    var testDescription: String { "\(state), \(prompt), \(place)" }

    private static let reserveNext = Sent(.reserve, 2, to: .shop)
    private static let abandonNext = Sent(.abandon, 2, to: .shop)
    private static let confirmed = Sent(.confirm, 0, to: .bankA)
    private static func cancelled(_ refusal: Refusal) -> Sent {
        Sent(.cancel, 0, to: .bankA, refusal)
    }

    static let all = unknown + deciding + reserved + fromConfirmed + fromCancelled

    private static let unknown = [
        Cell(
            state: .unknown, prompt: .reserve, after: .reserved,
            entries: [.decided(.reserved)], sent: [reserveNext]),
        Cell(
            place: .last, state: .unknown, prompt: .reserve, after: .confirmed,
            entries: [.decided(.confirmed)], sent: [confirmed]),
        Cell(
            place: .refused, state: .unknown, prompt: .reserve, after: .cancelled,
            entries: [.decided(.cancelled, .unknownCreditor)],
            sent: [cancelled(.unknownCreditor)]),
        Cell(
            place: .later, state: .unknown, prompt: .reserve, after: .deciding,
            entries: [.decided(.deciding)], asked: [false]),
        Cell(
            state: .unknown, prompt: .abandon, after: .unknown,
            entries: [.quarantined(.unexpectedAnswer)]),
        Cell(
            state: .unknown, prompt: .confirm, after: .unknown,
            entries: [.quarantined(.unexpectedAnswer)]),
        Cell(
            state: .unknown, prompt: .cancel, after: .unknown,
            entries: [.quarantined(.unexpectedAnswer)]),
    ]

    private static let deciding = [
        Cell(state: .deciding, prompt: .reserve, after: .deciding),
        Cell(
            state: .deciding, prompt: .abandon, after: .deciding,
            entries: [.abandonRequested], asked: [true]),
        Cell(
            state: .deciding, prompt: .confirm, after: .deciding,
            entries: [.quarantined(.unexpectedAnswer)]),
        Cell(
            state: .deciding, prompt: .cancel, after: .deciding,
            entries: [.quarantined(.unexpectedAnswer)]),
    ]

    private static let reserved = [
        Cell(state: .reserved, prompt: .reserve, after: .reserved),
        Cell(
            state: .reserved, prompt: .abandon, after: .reserved,
            entries: [.abandonRequested], sent: [abandonNext]),
        Cell(
            state: .reserved, prompt: .confirm, after: .confirmed,
            entries: [.decided(.confirmed)], sent: [confirmed]),
        Cell(
            state: .reserved, prompt: .cancel, after: .cancelled,
            entries: [.decided(.cancelled, .soldOut)], sent: [cancelled(.soldOut)]),
    ]

    private static let fromConfirmed = [
        Cell(
            state: .confirmed, prompt: .reserve, after: .confirmed,
            entries: [.repeated(.confirmed)], sent: [confirmed]),
        Cell(state: .confirmed, prompt: .abandon, after: .confirmed),
        Cell(state: .confirmed, prompt: .confirm, after: .confirmed),
        Cell(
            state: .confirmed, prompt: .cancel, after: .confirmed,
            entries: [.quarantined(.contradiction)]),
    ]

    private static let fromCancelled = [
        Cell(
            state: .cancelled, prompt: .reserve, after: .cancelled,
            entries: [.repeated(.cancelled)], sent: [cancelled(.soldOut)]),
        Cell(state: .cancelled, prompt: .abandon, after: .cancelled),
        Cell(
            state: .cancelled, prompt: .confirm, after: .cancelled,
            entries: [.quarantined(.contradiction)]),
        Cell(state: .cancelled, prompt: .cancel, after: .cancelled),
    ]
}

extension Bench {
    /// Brings step 1 of `trip` to `state`, as its neighbours would.
    mutating func bring(_ trip: Trip, to state: StepState) {
        guard state != .unknown else { return }
        deliver(trip.word(.reserve, 1))
        if state == .confirmed { deliver(trip.word(.confirm, 1)) }
        if state == .cancelled { deliver(trip.word(.cancel, 1)) }
        precondition(self[trip.owners[1]].state.stepState(trip.step(1)) == state)
    }
}
