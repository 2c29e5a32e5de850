public import Saga

/// A fact is one byte, 0 for the first participant and 1 for the second, and that one's encoding.
/// A state is the length of the first participant's in four bytes, most significant first, that
/// state, and the second participant's.
extension Pair: WireParticipant where First: WireParticipant, Second: WireParticipant {
    /// Asks the first participant, and the second where the kind is foreign to the first.
    public static func read(actionOf kind: String, body: [UInt8]) -> ActionReading<Action> {
        switch First.read(actionOf: kind, body: body) {
        case .known(let action): return .known(.first(action))
        case .notUnderstood: return .notUnderstood
        case .foreign: break
        }
        return switch Second.read(actionOf: kind, body: body) {
        case .known(let action): .known(.second(action))
        case .notUnderstood: .notUnderstood
        case .foreign: .foreign
        }
    }

    /// The kind that the action's participant gives it; the two must not share one.
    public static func kind(of action: Action) -> String {
        switch action {
        case .first(let action): First.kind(of: action)
        case .second(let action): Second.kind(of: action)
        }
    }

    /// The action's own encoding: its kind tells whose it is.
    public static func encode(_ action: Action) -> [UInt8] {
        switch action {
        case .first(let action): First.encode(action)
        case .second(let action): Second.encode(action)
        }
    }

    /// One byte that tells whose fact it is, then the fact's own encoding.
    public static func encode(_ fact: Fact) -> [UInt8] {
        switch fact {
        case .first(let fact): [0] + First.encode(fact)
        case .second(let fact): [1] + Second.encode(fact)
        }
    }

    /// Reads what `encode` makes of a fact.
    /// - Throws: The first byte is neither 0 nor 1, or its participant cannot read the rest.
    public static func decodeFact(_ bytes: [UInt8], of step: StepID?) throws(WireError) -> Fact {
        switch bytes.first {
        case 0: .first(try First.decodeFact(Array(bytes.dropFirst()), of: step))
        case 1: .second(try Second.decodeFact(Array(bytes.dropFirst()), of: step))
        default: throw WireError("a pair's fact does not say whose it is")
        }
    }

    /// The length of the first state, then both states.
    public func encodedState() -> [UInt8] {
        let one = first.encodedState()
        let length = stride(from: 24, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: UInt32(one.count) >> $0)
        }
        return length + one + second.encodedState()
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: The state is cut, or a participant cannot read its part.
    public init(encodedState: [UInt8]) throws(WireError) {
        let length = encodedState.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let parts = encodedState.dropFirst(4)
        guard encodedState.count >= 4, length <= parts.count else {
            throw WireError("a pair's state is cut")
        }
        self.init(
            try First(encodedState: Array(parts.prefix(length))),
            try Second(encodedState: Array(parts.dropFirst(length))))
    }
}
