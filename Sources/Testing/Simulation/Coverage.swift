import Engine
import Ledger
import LedgerWire
public import Saga
import Stock
import StockWire

/// Which moves of the protocol table a run, or some runs, have made, what was refused and why, and
/// what was quarantined.
public struct Coverage: Sendable {
    /// A cell of the table.
    public struct Cell: Hashable, Sendable, CustomStringConvertible {
        /// The step's state when it was asked for something.
        public let state: StepState
        /// What a neighbour's entry asked for, or that the deadline had passed.
        public let prompt: Prompt

        /// The prompt and the state, for reports.
        public var description: String { "\(prompt) at \(state)" }
    }

    /// Entries that reached each cell; a cell that is missing was never reached.
    public private(set) var cells: [Cell: Int] = [:]
    /// Dead letters that were recorded, by cause.
    public private(set) var quarantines: [Quarantined.Cause: Int] = [:]
    /// Refusals that logs have recorded, of steps and of operations.
    public private(set) var refusals: [Refusal: Int] = [:]

    /// Starts with nothing reached.
    public init() {}

    /// Adds the counts of another run.
    public static func += (sum: inout Coverage, other: Coverage) {
        sum.cells.merge(other.cells, uniquingKeysWith: +)
        sum.quarantines.merge(other.quarantines, uniquingKeysWith: +)
        sum.refusals.merge(other.refusals, uniquingKeysWith: +)
    }

    /// All cells that a run can reach, in the table's order: a step whose deadline passes is
    /// looked at only while it is `deciding`.
    public static var allCells: [Cell] {
        StepState.allCases.flatMap { state in
            Prompt.allCases.filter { $0 != .deadline || state == .deciding }
                .map { Cell(state: state, prompt: $0) }
        }
    }

    /// The cells that no run reached.
    public var missingCells: [Cell] { Self.allCells.filter { cells[$0] == nil } }

    /// Those that some run can reach. A peer is suspended when no client comes any more; no shelf
    /// is nearly full.
    private static let reachableRefusals =
        (Refusal.protocolReasons + Ledger.refusalReasons + Stock.refusalReasons).map(\.refusal)
        .filter { $0 != .suspendedPeer && $0 != .shelfFull }

    /// The refusals that no node gave.
    public var missingRefusals: [Refusal] {
        Self.reachableRefusals.filter { refusals[$0] == nil }
    }

    /// The causes that no dead letter had.
    public var missingQuarantines: [Quarantined.Cause] {
        Quarantined.Cause.allCases.filter { quarantines[$0] == nil }
    }

    /// The share of the protocol table that was reached: cells and causes of quarantine.
    public var ofProtocol: Double {
        let all = Self.allCells.count + Quarantined.Cause.allCases.count
        return 1 - Double(missingCells.count + missingQuarantines.count) / Double(all)
    }

    /// The share of all refusals that were given.
    public var ofRefusals: Double {
        1 - Double(missingRefusals.count) / Double(Self.reachableRefusals.count)
    }

    mutating func count(_ prompt: Prompt, at state: StepState) {
        cells[Cell(state: state, prompt: prompt), default: 0] += 1
    }

    mutating func count<Fact>(_ events: [Event<Fact>]) {
        for event in events {
            switch event {
            case .quarantined(let quarantined): quarantines[quarantined.cause, default: 0] += 1
            case .stepDecided(let decided):
                if let refusal = decided.refusal { refusals[refusal, default: 0] += 1 }
            case .operationDecided(let decided):
                if case .refused(let refusal) = decided.outcome {
                    refusals[refusal, default: 0] += 1
                }
            default: break
            }
        }
    }
}
