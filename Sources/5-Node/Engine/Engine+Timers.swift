import Chain
import Saga
import Wire

extension Engine {
    /// Retries what has waited long enough: nothing waits without a deadline.
    mutating func askAgain(at now: Timestamp) {
        for _ in 0..<configuration.limits.retriesPerBatchMax {
            guard let (step, attempt) = timers.popDue(at: now) else { return }
            guard let record = state[step.saga], let open = record.open else { continue }
            let isOver = record.isAbandonRequested || now >= open.deadline
            switch state.stepState(step) {
            case .reserved: ask(step, isOver ? .abandon : .reserve)
            case .deciding: batch.outputs.append(.ask(step, stop: isOver))
            case .unknown, .confirmed, .cancelled: continue
            }
            var due = now + configuration.limits.backoff(step, attempt: attempt)
            if !isOver { due = min(due, open.deadline) }
            timers.arm(step, at: due, attempt: attempt + 1)
        }
    }

    /// Sets or clears the clock of a step that has just changed. The entry itself asks the first
    /// time: its message for a reserved step, the outside for one that is decided later.
    mutating func schedule(_ step: StepID) {
        guard let record = state[step.saga], let open = record.open,
            let known = record.step(step.number), !known.state.isTerminal
        else { return timers.disarm(step) }
        if known.state == .deciding { batch.outputs.append(.ask(step, stop: false)) }
        let due = now + configuration.limits.backoff(step, attempt: 0)
        timers.arm(step, at: min(due, max(open.deadline, now)), attempt: 1)
    }

    /// Asks the owner of the step after a reserved one.
    mutating func ask(_ step: StepID, _ kind: Message.Kind) {
        guard let record = state[step.saga], let open = record.open,
            let next = record.step(step.number)?.next
        else { preconditionFailure("only a step that is reserved for another waits for it") }
        send(
            Message(
                kind, from: configuration.node, to: next, step: step.next, content: open.bytes,
                deadline: open.deadline))
    }
}
