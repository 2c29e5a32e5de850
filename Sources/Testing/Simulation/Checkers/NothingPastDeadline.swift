import Chain
import Engine
import Saga
import Wire

/// No step is begun when its deadline has passed: by the commit's time, or, while commit times do
/// not advance behind an accepted clock, by what that clock showed.
struct NothingPastDeadline<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .appended(let node, let commit, let events) = observation else { return }
        for case .stepDecided(let decided) in events
        where decided.state != .cancelled {
            guard truth.states[node].stepState(decided.step) == .unknown,
                let deadline = decided.deadline,
                deadline <= earliestClock(commit.header.time, truth.states[node])
            else { continue }
            throw Violation(
                "NothingPastDeadline",
                "\(truth.names[node]) began step \(decided.step) after its deadline",
                saga: decided.step.saga.command)
        }
    }

    private func earliestClock(_ time: Timestamp, _ state: State<P>) -> Timestamp {
        guard let accepted = state.clockAcceptance, time <= accepted.logTime else { return time }
        return accepted.wallTime
    }
}
