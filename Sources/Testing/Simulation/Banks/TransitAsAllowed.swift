import Engine
import Ledger
import LedgerWire
import Saga

/// No step is held that passes on money from a peer whose transit the operator had blocked.
struct TransitAsAllowed: Checker {
    /// By node, as its own log has set it so far.
    private var blocked: [Set<NodeName>]

    init(nodes count: Int) {
        blocked = Array(repeating: [], count: count)
    }

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for event in events {
            for fact in event.ledgerFacts {
                switch fact {
                case .transitSet(let peer, .allowed): blocked[node].remove(peer)
                case .transitSet(let peer, .blocked): blocked[node].insert(peer)
                case .held(let step, _): try check(step, at: node, truth)
                default: break
                }
            }
        }
    }

    private func check(
        _ step: HeldStep, at node: Int, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard let previous = step.previous, blocked[node].contains(previous) else { return }
        for case .forward in step.actions {
            throw Violation(
                "TransitAsAllowed", "\(previous) passes money through \(truth.names[node])",
                saga: step.id.saga.command)
        }
    }
}
