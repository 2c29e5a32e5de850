import Engine
import Saga
import Wire

/// A saga ends in one way at all nodes that took part, and no node decides ahead of the node that
/// it waits for: it confirms after the next step was confirmed, and gives a reservation back after
/// the next step was cancelled or can never be done.
struct OneOutcome<P: WireParticipant>: Checker {
    private struct Outcome {
        var confirmed = 0
        var cancelled = 0
    }

    private var outcomes: [SagaID: Outcome] = [:]

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .appended(let node, _, let events):
            for case .stepDecided(let decided) in events where decided.state.isTerminal {
                try count(decided, truth)
                try checkCause(decided, at: node, truth)
            }
        case .ended: try checkAllConfirmed(truth)
        default: break
        }
    }

    private mutating func count(
        _ decided: StepDecided<P.Fact>, _ truth: Truth<P>
    ) throws(Violation) {
        let saga = decided.step.saga
        var outcome = outcomes[saga] ?? Outcome()
        if decided.state == .confirmed {
            outcome.confirmed += 1
        } else {
            outcome.cancelled += 1
        }
        outcomes[saga] = outcome
        guard outcome.confirmed == 0 || outcome.cancelled == 0 else {
            throw Violation(
                "OneOutcome", "step \(decided.step) is \(decided.state), another one is not",
                saga: saga.command)
        }
    }

    private func checkCause(
        _ decided: StepDecided<P.Fact>, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        let step = decided.step
        guard let next = decided.next.flatMap(truth.index(of:)) else { return }
        let wasReserved = truth.states[node].stepState(step) == .reserved
        guard decided.state == .confirmed || wasReserved else { return }
        guard truth.states[next].stepState(step.next) == decided.state else {
            throw Violation(
                "OneOutcome",
                """
                \(truth.names[node]) made step \(step) \(decided.state) before \
                \(truth.names[next]) had decided the next one
                """, saga: step.saga.command)
        }
    }

    private func checkAllConfirmed(_ truth: Truth<P>) throws(Violation) {
        let halves = outcomes.filter { saga, outcome in
            let steps = truth.plans[saga.contentHash]?.steps ?? []
            // What the hostile peer does with its step stands in no log that a node writes.
            guard !steps.contains(where: { $0.node == truth.hostile }) else { return false }
            return outcome.confirmed > 0 && outcome.confirmed != steps.count
        }
        guard let half = halves.keys.min() else { return }
        throw Violation("OneOutcome", "saga \(half) is settled in part", saga: half.command)
    }
}
