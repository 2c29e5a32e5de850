import Engine
import Saga
import Wire

/// An honest peer is never suspended, whatever strangers show again; a peer that has signed what
/// cannot be true of both logs is.
struct OnlyLiarsSuspended<P: WireParticipant>: Checker {
    /// The nodes that the hostile peer has contradicted itself to.
    private var denied: [Int] = []

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .denied(let node): denied.append(node)
        case .appended(let node, _, let events):
            for case .peerSuspended(let peer, _) in events
            where peer != truth.hostile || !denied.contains(node) {
                throw Violation(
                    "OnlyLiarsSuspended",
                    "\(truth.names[node]) suspends \(peer), which told the truth")
            }
        case .ended:
            for node in denied where !truth.states[node].isSuspended(truth.hostile) {
                throw Violation(
                    "OnlyLiarsSuspended",
                    "\(truth.names[node]) was lied to by \(truth.hostile), and still reads it")
            }
        default: break
        }
    }
}
