import Chain
import Saga
import Wire

extension Engine {
    /// Acts on an authenticated message: who may say what, about which content, and then the
    /// protocol table.
    ///
    /// - Returns: Why the message is not accepted, or `nil`.
    mutating func receive(
        _ message: Message, _ content: Content<P.Action>?, at now: Timestamp
    ) -> Quarantined.Cause? {
        if let content {
            receive(message, forward: content, at: now)
        } else {
            receive(back: message)
        }
    }

    /// Reserve and Abandon: only from the owner of the step before, to the owner of the step.
    private mutating func receive(
        _ message: Message, forward content: Content<P.Action>, at now: Timestamp
    ) -> Quarantined.Cause? {
        let number = message.step.number
        guard number > 0 else { return .wrongStep }
        if content.reading != .unreadable {
            guard content.node(at: number) == configuration.node,
                content.node(at: number - 1) == message.sender
            else { return .wrongStep }
        }
        return act(on: message, content, at: now)
    }

    /// Confirm and Cancel: only from the owner of the step after, about a saga that is known here.
    private mutating func receive(back message: Message) -> Quarantined.Cause? {
        guard let step = state[message.step.saga]?.step(message.step.number) else {
            return .unexpectedAnswer
        }
        guard step.next == message.sender else { return .wrongStep }
        return act(on: message, nil, at: now)
    }

    /// The protocol table's moves.
    private mutating func act(
        on message: Message, _ content: Content<P.Action>?, at now: Timestamp
    ) -> Quarantined.Cause? {
        let step = message.step
        switch state.stepState(step).move(on: message.kind) {
        case .perform:
            guard let order = order(content, from: message) else { return .unreadable }
            let decision = decision(on: order, at: now)
            let isOpen = state[step.saga]?.isOpen == true
            let takesRoom = !isOpen && !decision.state.isTerminal
            guard !takesRoom || state.openSagas < configuration.limits.openSagasMax else {
                // As if it had been lost: the sender retries. A saga that is open here already
                // takes no more room, and could not end without its next step; nor does a step
                // that ends at once.
                batch.drop(.tooManyOpen(message.sender))
                return nil
            }
            record(decision)
        case .bury:
            guard let order = order(content, from: message) else { return .unreadable }
            bury(order)
        case .askToStop: batch.outputs.append(.ask(step, stop: true))
        case .abandonNext: ask(step, .abandon)
        case .confirm: close(step, as: .confirmed)
        case .cancel: close(step, as: .cancelled, message.refusal ?? .unspecified)
        case .answer:
            let known = state[step.saga]?.step(step.number)
            answer(message, confirmed: known?.state == .confirmed, known?.refusal)
        case .ignore: break
        case .quarantine(.unexpectedAnswer): return .unexpectedAnswer
        case .quarantine(.contradiction): return .contradiction
        }
        return nil
    }

    /// `nil` for a message that does not travel forward.
    private func order(_ content: Content<P.Action>?, from message: Message) -> StepOrder<P>? {
        guard let content, let deadline = message.deadline else { return nil }
        let limits = configuration.limits
        return StepOrder(
            step: message.step, content: content, deadline: deadline, previous: message.sender,
            fingerprint: nil, principal: nil,
            deadlineMax: limits.deadlineMax + limits.clockSkewMax)
    }

    /// Tells the sender of a forward message how it stands.
    private mutating func answer(_ question: Message, confirmed: Bool, _ refusal: Refusal?) {
        send(
            Message(
                confirmed ? .confirm : .cancel, from: configuration.node, to: question.sender,
                step: question.step.previous, refusal: confirmed ? nil : refusal))
    }
}
