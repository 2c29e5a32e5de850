public import Saga

/// A participant whose actions, facts and state have an encoding.
public protocol WireParticipant: Participant {
    /// What an action of that kind says.
    static func read(actionOf kind: String, body: [UInt8]) -> ActionReading<Action>
    static func kind(of action: Action) -> String
    static func encode(_ action: Action) -> [UInt8]

    static func encode(_ fact: Fact) -> [UInt8]
    static func decodeFact(_ bytes: [UInt8]) throws(WireError) -> Fact

    /// Equal states have equal bytes.
    func encodedState() -> [UInt8]
    init(encodedState: [UInt8]) throws(WireError)
}

/// What a participant makes of an action's bytes.
public enum ActionReading<Action: Hashable & Sendable>: Hashable, Sendable {
    case known(Action)
    /// Another participant's affair.
    case foreign
    /// One of its own kinds, but with a body it cannot read or does not know all of.
    case notUnderstood
}

/// Bytes that are not what they should be.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
