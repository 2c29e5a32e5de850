import Engine
import Saga
import Wire

/// What is durable and for a peer, the peer takes in the end, whatever was lost on the way, unless
/// it has suspended the sender.
struct AllTaken<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .outOfTime, .ended: break
        default: return
        }
        for node in truth.names.indices {
            for peer in truth.names + [truth.hostile] {
                let count = truth.untaken(of: peer, at: node)
                guard count > 0 else { continue }
                throw Violation(
                    "AllTaken",
                    "\(truth.names[node]) has not taken the last \(count) entries of \(peer)",
                    saga: truth.told(by: peer, to: truth.names[node]).suffix(count)
                        .compactMap(\.asks?.step.saga.command).first)
            }
        }
    }
}
