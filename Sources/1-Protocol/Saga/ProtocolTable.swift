/// How a step stands at the node that owns it.
public enum StepState: UInt8, Hashable, Sendable, CaseIterable {
    case unknown = 0
    /// Its immediate actions are held; the decision on the rest is pending.
    case deciding = 1
    /// Held: it can still be confirmed or cancelled, and cannot refuse either.
    case reserved = 2
    case confirmed = 3
    /// Refused, released, or buried before it was ever asked for: a tombstone.
    case cancelled = 4

    /// True where no message and no entry changes the step any more.
    public var isTerminal: Bool { self == .confirmed || self == .cancelled }
}

/// What a node does about a message for one of its steps.
public enum Move: Hashable, Sendable {
    /// Do the step: reserve it, and confirm it too where it is the last one.
    case perform
    /// Remember it as cancelled without having done it, and answer.
    case bury
    /// Ask the participant to stop; answer when it has decided.
    case askToStop
    /// Pass the question on to the next step.
    case abandonNext
    /// Make the reservation final, and tell the step before.
    case confirm
    /// Give the reservation back, and tell the step before.
    case cancel
    /// Say again what was decided.
    case answer
    case ignore
    case quarantine(Contradiction)

    /// The two ways in which an answer can contradict the step's state.
    public enum Contradiction: String, Hashable, Sendable, CaseIterable {
        /// An answer to a question this node did not ask.
        case unexpectedAnswer
        /// An answer that contradicts what was decided before.
        case contradiction
    }
}

extension StepState {
    /// The protocol table: a row per state, a column per message. Holds for messages that were
    /// authenticated and come from the right place in the itinerary.
    public func move(on message: Message.Kind) -> Move {
        switch (self, message) {
        case (.unknown, .reserve): .perform
        case (.unknown, .abandon): .bury
        case (.unknown, .confirm): .quarantine(.unexpectedAnswer)
        case (.unknown, .cancel): .quarantine(.unexpectedAnswer)

        case (.deciding, .reserve): .ignore
        case (.deciding, .abandon): .askToStop
        case (.deciding, .confirm): .quarantine(.unexpectedAnswer)
        case (.deciding, .cancel): .quarantine(.unexpectedAnswer)

        case (.reserved, .reserve): .ignore
        case (.reserved, .abandon): .abandonNext
        case (.reserved, .confirm): .confirm
        case (.reserved, .cancel): .cancel

        case (.confirmed, .reserve): .answer
        case (.confirmed, .abandon): .answer
        case (.confirmed, .confirm): .ignore
        case (.confirmed, .cancel): .quarantine(.contradiction)

        case (.cancelled, .reserve): .answer
        case (.cancelled, .abandon): .answer
        case (.cancelled, .confirm): .quarantine(.contradiction)
        case (.cancelled, .cancel): .ignore
        }
    }

    /// Which states an entry may lead to. A fold refuses every other.
    public func canBecome(_ next: StepState) -> Bool {
        switch (self, next) {
        case (.unknown, .deciding), (.unknown, .reserved), (.unknown, .confirmed),
            (.unknown, .cancelled):
            true
        case (.deciding, .reserved), (.deciding, .confirmed), (.deciding, .cancelled): true
        case (.reserved, .confirmed), (.reserved, .cancelled): true
        default: false
        }
    }
}
