import Engine
public import Saga

/// Which moves of the protocol table a run, or some runs, have made, and what was quarantined.
public struct Coverage: Sendable {
    /// A cell of the table.
    public struct Cell: Hashable, Sendable, CustomStringConvertible {
        public let state: StepState
        public let message: Message.Kind

        public var description: String { "\(message) at \(state)" }
    }

    public private(set) var cells: [Cell: Int] = [:]
    public private(set) var quarantines: [Quarantined.Cause: Int] = [:]
    public private(set) var refusals: [Refusal: Int] = [:]

    public init() {}

    public static func += (sum: inout Coverage, other: Coverage) {
        sum.cells.merge(other.cells, uniquingKeysWith: +)
        sum.quarantines.merge(other.quarantines, uniquingKeysWith: +)
        sum.refusals.merge(other.refusals, uniquingKeysWith: +)
    }

    /// The cells nobody came to.
    public var missingCells: [Cell] {
        StepState.allCases.flatMap { state in
            Message.Kind.allCases.map { Cell(state: state, message: $0) }
        }.filter { cells[$0] == nil }
    }

    /// Counts the table's cells that a batch of inputs comes to: those of each saga's first
    /// message, since for later ones the state may have changed.
    mutating func count(_ inputs: [Input<Bank>], _ state: State<Bank>) {
        var seen: Set<SagaID> = []
        for case .deliver(let delivery) in inputs {
            guard case .authentic(let message, _) = delivery.reading,
                seen.insert(message.step.saga).inserted
            else { continue }
            let record = state.sagas[message.step.saga]
            guard record == nil || record?.contentHash == message.contentHash else { continue }
            cells[Cell(state: state.stepState(message.step), message: message.kind), default: 0]
                += 1
        }
    }

    mutating func count(_ events: [Event<Bank.Fact>]) {
        for event in events {
            switch event {
            case .quarantined(let quarantined): quarantines[quarantined.cause, default: 0] += 1
            case .stepDecided(let decided):
                if let refusal = decided.refusal { refusals[refusal, default: 0] += 1 }
            case .operationDecided(let decided):
                if case .refused(let refusal) = decided.outcome {
                    refusals[refusal, default: 0] += 1
                }
            case .abandonRequested, .inboxAdvanced, .inboxRestarted, .nodeOpened, .witnessed,
                .peerSuspended, .peerAccepted, .generationRaised:
                break
            }
        }
    }
}
