import Engine
import Saga
import Wire

/// Every message says what its sender's durable log says, and no approver is asked about a step
/// that the log does not know.
struct NothingAheadOfDisk<P: WireParticipant>: Checker {
    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .spoke(let node, let message): try check(message, from: node, truth)
        case .asked(let node, let step):
            guard truth.states[node].stepState(step) != .unknown else {
                throw Violation(
                    "NothingAheadOfDisk",
                    "\(truth.names[node]) asks about step \(step), which its log does not know",
                    saga: step.saga.command)
            }
        default: break
        }
    }

    private func check(
        _ message: Message, from node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        guard truth.basis(of: message, from: node) != nil else {
            throw Violation(
                "NothingAheadOfDisk",
                """
                \(truth.names[node]) says \(message.kind) about step \(message.step), and its \
                log does not
                """, saga: message.step.saga.command)
        }
    }
}
