import Engine
import Saga
import Wire

/// Once faults and clients have stopped, every saga ends, and every client has its answer.
struct Terminal<P: WireParticipant>: Checker {
    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .outOfTime(let unrest):
            for state in truth.states { try check(state) }
            throw Violation("Terminal", "\(unrest) long after all faults stopped")
        case .ended:
            for state in truth.states { try check(state) }
        default: break
        }
    }

    private func check(_ state: State<P>) throws(Violation) {
        let open = state.sagas.filter { saga in
            saga.record.steps.contains { !$0.state.isTerminal }
        }.map(\.id)
        guard open.isEmpty, state.openSagas == 0 else {
            throw Violation(
                "Terminal", "\(open.count) sagas are open at \(state.node)",
                saga: open.min()?.command)
        }
        for (saga, record) in state.sagas {
            for step in record.steps
            where state.participant.holds(StepID(saga: saga, number: step.number)) {
                throw Violation(
                    "Terminal", "something is still held at \(state.node)", saga: saga.command)
            }
        }
    }
}
