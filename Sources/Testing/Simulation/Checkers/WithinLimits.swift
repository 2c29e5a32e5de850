import Chain
import Engine
import Saga
import Wire

/// A node takes on no more than its limits allow, for any client or peer: no more open sagas, and
/// no step whose deadline is further ahead than the longest, and what clocks may differ by.
struct WithinLimits<P: WireParticipant>: Checker {
    private let limits: Limits

    init(_ limits: Limits) {
        self.limits = limits
    }

    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, let events):
            for case .stepDecided(let decided) in events where decided.state != .cancelled {
                try check(decided, at: node, commit.header.time, truth)
            }
        case .folded(let node, _, _):
            let open = truth.states[node].openSagas
            guard open <= limits.openSagasMax else {
                throw Violation("WithinLimits", "\(truth.names[node]) has \(open) open sagas")
            }
        default: break
        }
    }

    private func check(
        _ decided: StepDecided<P.Fact>, at node: Int, _ time: Timestamp, _ truth: Truth<P>
    ) throws(Violation) {
        let skew = decided.previous == nil ? limits.receiptSkewMax : limits.clockSkewMax
        guard truth.states[node].stepState(decided.step) == .unknown,
            let deadline = decided.deadline, deadline > time + (limits.deadlineMax + skew)
        else { return }
        throw Violation(
            "WithinLimits",
            "\(truth.names[node]) began step \(decided.step), whose deadline is too far ahead",
            saga: decided.step.saga.command)
    }
}
