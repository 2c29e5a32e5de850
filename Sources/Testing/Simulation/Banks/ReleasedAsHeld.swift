import Engine
import Ledger
import LedgerWire
import Saga

/// What is released is what was held, and once; what is settled was held, and once.
struct ReleasedAsHeld: Checker {
    private var held: [[StepID: [Posting]]]

    init(nodes count: Int) {
        held = Array(repeating: [:], count: count)
    }

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .stepDecided(let decided) in events {
            for fact in decided.ledgerFacts where !isSound(fact, decided.step, node) {
                throw Violation(
                    "ReleasedAsHeld", "\(truth.names[node]) closed what was not held so",
                    saga: decided.step.saga.command)
            }
        }
    }

    private mutating func isSound(_ fact: LedgerFact, _ step: StepID, _ node: Int) -> Bool {
        switch fact {
        case .held(let work, let postings):
            return work.id == step && held[node].updateValue(postings, forKey: step) == nil
        case .settled(let id, _):
            return id == step && held[node].removeValue(forKey: step) != nil
        case .released(let id, let postings):
            guard id == step, let before = held[node].removeValue(forKey: step) else {
                return false
            }
            let undone = before.map { Posting($0.book, -$0.minorUnits, $0.currency) }
            return Set(postings) == Set(undone) && postings.count == undone.count
        default: return false
        }
    }
}
