import Chain
import Engine
import Saga
import Wire

/// The reason why a saga did not come about reaches the client that began it: a reservation is
/// given back for the reason that the next node gave, word for word. One that this version does not
/// know is passed on as `unspecified`.
struct ReasonsTravel<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .stepDecided(let decided) in events where decided.state == .cancelled {
            try check(decided, at: node, truth)
        }
    }

    private func check(
        _ decided: StepDecided<P.Fact>, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        guard let next = decided.next, truth.states[node].stepState(decided.step) == .reserved,
            let refusal = decided.refusal
        else { return }
        let question = Told.Question(prompt: .cancel, step: decided.step)
        // The newest are looked at first: it was hardly ever said long ago.
        let isGiven = truth.told(by: next, to: truth.names[node]).reversed().contains { told in
            told.asks == question && told.refusal == refusal
        }
        guard !isGiven else { return }
        throw Violation(
            "ReasonsTravel",
            "\(truth.names[node]) says that step \(decided.step) is cancelled for \(refusal), "
                + "which \(next) did not give as a reason",
            saga: decided.step.saga.command)
    }
}
