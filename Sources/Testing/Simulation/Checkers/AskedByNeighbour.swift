import Chain
import Engine
import Saga
import Wire

/// A step is decided at the node that the client's itinerary names for it, and belongs to its
/// neighbours there: no other node can have asked for it, and no other node is asked next.
struct AskedByNeighbour<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .stepDecided(let decided) in events {
            guard let plan = truth.plans[decided.step.saga.contentHash] else { continue }
            let number = decided.step.number
            guard plan.node(at: number) == truth.names[node],
                plan.node(at: number - 1) == decided.previous,
                plan.node(at: number + 1) == decided.next
            else {
                throw Violation(
                    "AskedByNeighbour",
                    "\(truth.names[node]) decided step \(decided.step) for another than its "
                        + "neighbours",
                    saga: decided.step.saga.command)
            }
        }
    }
}
