public import Links
public import Saga

/// The source of a dead letter. Each has its own budget, so that none uses up another's room.
public struct DeadLetterSource: Hashable, Comparable, Sendable {
    /// The check that the entries failed.
    public let cause: Quarantined.Cause
    /// The node whose entries they are.
    public let peer: NodeName

    /// Names a source; equal ones share a budget.
    public init(_ cause: Quarantined.Cause, from peer: NodeName) {
        self.cause = cause
        self.peer = peer
    }

    /// Takes cause and peer from the dead letter.
    public init(of letter: Quarantined) {
        self.init(letter.cause, from: letter.peer)
    }

    /// Orders by cause and peer, so that a snapshot's bytes are the same in every run.
    public static func < (left: Self, right: Self) -> Bool {
        (left.cause.rawValue, left.peer.text) < (right.cause.rawValue, right.peer.text)
    }
}

/// Why something of an inbox left no trace.
public enum Drop: Hashable, Sendable {
    /// A record on the topic of a node that is no peer yet: people have to compare its key.
    case stranger(NodeName)
    /// A record of the peer's topic that is no excerpt.
    case noExcerpt(NodeName)
    /// An excerpt on the peer's topic of which nothing was taken.
    case notTaken(NodeName, LinkOutcome.Reason)
    /// An entry of the peer's that has to wait, with all behind it: a step that lost entries may
    /// have held cannot be held now, for that reason.
    case waits(NodeName, Refusal)
    /// A dead letter beyond what is kept of its source: the entry was taken and refused.
    case overBudget(DeadLetterSource)
}
