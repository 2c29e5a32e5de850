public import Saga

extension Event {
    /// The message that follows from an entry: a function of the entry alone, so that a relay can
    /// send it again from the log, without the state that made it.
    public func message(from node: NodeName) -> Message? {
        guard case .stepDecided(let decided) = self else { return nil }
        switch decided.state {
        case .unknown, .deciding:
            return nil
        case .reserved:
            return decided.next.map {
                Message(
                    .reserve, from: node, to: $0, step: decided.step.next,
                    content: decided.content, deadline: decided.deadline)
            }
        case .confirmed:
            return decided.previous.map {
                Message(.confirm, from: node, to: $0, step: decided.step.previous)
            }
        case .cancelled:
            return decided.previous.map {
                Message(
                    .cancel, from: node, to: $0, step: decided.step.previous,
                    refusal: decided.refusal)
            }
        }
    }
}
