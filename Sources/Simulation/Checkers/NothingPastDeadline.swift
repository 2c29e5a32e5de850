import Engine
import EventLog
import Saga
import Wire

/// No step is begun when its deadline has passed.
struct NothingPastDeadline<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .appended(let node, let commit, let events) = observation else { return }
        for case .stepDecided(let decided) in events
        where decided.state != .cancelled {
            guard truth.states[node].stepState(decided.step) == .unknown,
                let deadline = decided.deadline, deadline <= commit.header.time
            else { continue }
            throw Violation(
                "NothingPastDeadline",
                "\(truth.names[node]) began step \(decided.step) after its deadline",
                saga: decided.step.saga)
        }
    }
}
