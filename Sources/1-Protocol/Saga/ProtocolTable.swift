/// How a step stands at the node that owns it.
public enum StepState: UInt8, Hashable, Sendable, CaseIterable {
    case unknown = 0
    /// Its immediate actions are held; the decision on the rest is pending.
    case deciding = 1
    /// Held: it can still be confirmed or cancelled, and cannot refuse either.
    case reserved = 2
    case confirmed = 3
    /// Refused or released.
    case cancelled = 4

    /// True where no entry changes the step any more.
    public var isTerminal: Bool { self == .confirmed || self == .cancelled }
}

/// The occasions on which a node looks at one of its steps: an entry of a neighbour's log that
/// asks something of the step, or the time.
///
/// An entry about step n asks something of step n + 1 or n - 1. Forward along the itinerary
/// travel `reserve` and `abandon`, back travel `confirm` and `cancel`.
public enum Prompt: String, Hashable, Sendable, CaseIterable {
    /// The step before is `reserved`.
    case reserve
    /// The step before is to be given up.
    case abandon
    /// The step after is `confirmed`.
    case confirm
    /// The step after is `cancelled`.
    case cancel
    /// The saga's deadline has passed, by this node's clock.
    case deadline
}

/// What a node does about a ``Prompt`` for one of its steps.
public enum Move: Hashable, Sendable {
    /// Do the step: reserve it, and confirm it too where it is the last one.
    case perform
    /// Ask the outside to stop; an `abandon` is recorded once, so that it follows a late yes.
    case askToStop
    /// Record it once, for the step after.
    case abandonNext
    /// Make the reservation final, and tell the step before.
    case confirm
    /// Give the reservation back, and tell the step before.
    case cancel
    /// Say again what was decided, in a small entry that changes nothing here.
    case `repeat`
    case ignore
    case quarantine(Contradiction)

    /// The two ways in which an entry can contradict the step's state.
    public enum Contradiction: String, Hashable, Sendable, CaseIterable {
        /// An answer to a question this node did not ask, or an `abandon` of what it never began.
        case unexpectedAnswer
        /// An answer that contradicts what was decided before.
        case contradiction
    }
}

extension StepState {
    /// The protocol table: a row per state, a column per prompt. Holds for entries that are proved
    /// and come from the right place in the itinerary.
    public func move(on prompt: Prompt) -> Move {
        switch (self, prompt) {
        case (.unknown, .reserve): .perform
        case (.unknown, .abandon): .quarantine(.unexpectedAnswer)
        case (.unknown, .confirm): .quarantine(.unexpectedAnswer)
        case (.unknown, .cancel): .quarantine(.unexpectedAnswer)
        case (.unknown, .deadline): .ignore

        case (.deciding, .reserve): .ignore
        case (.deciding, .abandon): .askToStop
        case (.deciding, .confirm): .quarantine(.unexpectedAnswer)
        case (.deciding, .cancel): .quarantine(.unexpectedAnswer)
        case (.deciding, .deadline): .askToStop

        case (.reserved, .reserve): .ignore
        case (.reserved, .abandon): .abandonNext
        case (.reserved, .confirm): .confirm
        case (.reserved, .cancel): .cancel
        case (.reserved, .deadline): .ignore

        case (.confirmed, .reserve): .repeat
        case (.confirmed, .abandon): .ignore
        case (.confirmed, .confirm): .ignore
        case (.confirmed, .cancel): .quarantine(.contradiction)
        case (.confirmed, .deadline): .ignore

        case (.cancelled, .reserve): .repeat
        case (.cancelled, .abandon): .ignore
        case (.cancelled, .confirm): .quarantine(.contradiction)
        case (.cancelled, .cancel): .ignore
        case (.cancelled, .deadline): .ignore
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
