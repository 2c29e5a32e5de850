public import Saga

/// A participant whose actions, facts and state have an encoding.
public protocol WireParticipant: Participant {
    /// What an action of that kind says.
    static func read(actionOf kind: String, body: [UInt8]) -> ActionReading<Action>
    /// The word that names the action's kind in an itinerary; no two participants share one.
    static func kind(of action: Action) -> String
    /// The action's body, without its kind.
    static func encode(_ action: Action) -> [UInt8]

    /// The fact as the log keeps it, without the step that it is about: the entry names that.
    static func encode(_ fact: Fact) -> [UInt8]
    /// Reads what `encode` makes of a fact.
    ///
    /// - Parameters:
    ///   - bytes: The encoding.
    ///   - step: The step whose entry holds the fact; `nil` for that of an operation.
    /// - Throws: It is no fact that this version knows all of, or none that such an entry holds.
    static func decodeFact(_ bytes: [UInt8], of step: StepID?) throws(WireError) -> Fact

    /// Equal states have equal bytes.
    func encodedState() -> [UInt8]
    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no state that this version knows all of.
    init(encodedState: [UInt8]) throws(WireError)
}

/// What a participant makes of an action's bytes.
public enum ActionReading<Action: Hashable & Sendable>: Hashable, Sendable {
    case known(Action)
    /// Another participant's affair.
    case foreign
    /// An action of this participant's, with a body that it cannot read or only partly knows.
    case notUnderstood
}

/// Bytes that are not what they should be.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The fault, as an operator reads it.
    public let description: String

    /// Takes the fault in words.
    public init(_ description: String) {
        self.description = description
    }
}
