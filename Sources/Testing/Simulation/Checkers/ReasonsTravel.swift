import Chain
import Engine
import Saga
import Wire

/// The reason why a saga did not come about reaches the client that began it: a reservation is
/// given back for the reason that the next node gave, word for word.
struct ReasonsTravel<P: WireParticipant>: Checker {
    private struct Question: Hashable {
        let step: StepID
        let node: NodeName
    }

    /// All reasons that were ever given to a node about its step.
    private var given: [Question: Set<Refusal>] = [:]

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .spoke(_, let message):
            guard let refusal = message.refusal else { return }
            let question = Question(
                step: message.step, node: message.receiver)
            given[question, default: []].insert(refusal)
        case .appended(let node, _, let events):
            for case .stepDecided(let decided) in events where decided.state == .cancelled {
                try check(decided, at: node, truth)
            }
        default: break
        }
    }

    private func check(
        _ decided: StepDecided<P.Fact>, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        guard decided.next != nil, truth.states[node].stepState(decided.step) == .reserved,
            let refusal = decided.refusal
        else { return }
        let question = Question(
            step: decided.step, node: truth.names[node])
        guard given[question]?.contains(refusal) != true else { return }
        throw Violation(
            "ReasonsTravel",
            "\(truth.names[node]) says that step \(decided.step) is cancelled for \(refusal), "
                + "which no node gave as a reason",
            saga: decided.step.saga.command)
    }
}
