import Engine
import Saga
import Wire

/// Every message says what its sender's durable log says.
struct NothingAheadOfDisk<P: WireParticipant>: Checker {
    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        guard case .spoke(let node, let message) = observation else { return }
        guard truth.basis(of: message, from: node) != nil else {
            throw Violation(
                "NothingAheadOfDisk",
                """
                \(truth.names[node]) says \(message.kind) about step \(message.step), and its \
                log does not
                """, saga: message.step.saga)
        }
    }
}
