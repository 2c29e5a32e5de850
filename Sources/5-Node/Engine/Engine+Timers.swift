import Saga
import Wire

extension Engine {
    /// Asks the outside again about what it has not decided for long enough; past the deadline, and
    /// where the saga is to be given up, to stop.
    mutating func askAgain(at now: Timestamp) {
        for _ in 0..<configuration.limits.retriesPerBatchMax {
            guard let (step, attempt) = timers.popDue(at: now) else { return }
            guard let known = state.record(of: step), let open = state[step.saga]?.open,
                known.state.move(on: .deadline) == .askToStop
            else { continue }
            let isOver = known.isAbandonRequested || now >= open.deadline
            batch.outputs.append(.ask(step, stop: isOver))
            var due = now + configuration.limits.backoff(step, attempt: attempt)
            if !isOver { due = min(due, open.deadline) }
            timers.arm(step, at: due, attempt: attempt + 1)
        }
    }

    /// Asks the outside about a step that has just begun to wait for it, and sets its clock; clears
    /// the clock of any other.
    mutating func schedule(_ step: StepID) {
        guard state.stepState(step) == .deciding, let open = state[step.saga]?.open else {
            return timers.disarm(step)
        }
        batch.outputs.append(.ask(step, stop: false))
        let due = now + configuration.limits.backoff(step, attempt: 0)
        timers.arm(step, at: min(due, max(open.deadline, now)), attempt: 1)
    }
}
