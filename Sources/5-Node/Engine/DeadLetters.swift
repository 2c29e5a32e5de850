public import Saga
import Wire

/// The source of a dead letter. Each has its own budget, so that what anyone can write never uses
/// up the room of what a peer has authenticated.
public struct DeadLetterSource: Hashable, Comparable, Sendable {
    /// The check that the records failed.
    public let cause: Quarantined.Cause
    /// The peer whose topic they were read from.
    public let inbox: NodeName
    /// The peer whose secret vouches for them; `nil` where anybody may have written them.
    public let peer: NodeName?

    /// Names a source; equal ones share a budget.
    public init(_ cause: Quarantined.Cause, on inbox: NodeName, from peer: NodeName?) {
        self.cause = cause
        self.inbox = inbox
        self.peer = peer
    }

    /// Takes cause, topic and peer from the dead letter.
    public init(of letter: Quarantined) {
        self.init(letter.cause, on: letter.inbox, from: letter.peer)
    }

    /// Orders by cause, topic and peer, so that a snapshot's bytes are the same in every run.
    public static func < (left: Self, right: Self) -> Bool {
        (left.cause.rawValue, left.inbox.text, left.peer?.text ?? "")
            < (right.cause.rawValue, right.inbox.text, right.peer?.text ?? "")
    }
}

/// The dead letters of one source that the log keeps.
public struct DeadLetters: Hashable, Sendable {
    /// The dead letters kept; those dropped beyond the budget are not among them.
    public internal(set) var count = 0
    /// Of a peer's: SHA-256 of each kept record. The same record once more, published by anyone who
    /// can copy it, says nothing new about the peer.
    var digests: Set<Hash> = []

    mutating func keep(_ letter: Quarantined) {
        count += 1
        if letter.peer != nil { digests.insert(Self.digest(of: letter)) }
    }

    func holds(_ letter: Quarantined) -> Bool {
        letter.peer != nil && digests.contains(Self.digest(of: letter))
    }

    private static func digest(of letter: Quarantined) -> Hash { .sha256(of: letter.record) }
}

extension Limits {
    /// Dead letters of one source that are kept. Unauthenticated ones cost their writer nothing, so
    /// there is a tenth of the room for them.
    func deadLettersMax(of source: DeadLetterSource) -> Int {
        source.peer == nil ? max(1, quarantineMax / 10) : quarantineMax
    }
}

/// Why a record of a peer's topic left no trace.
public enum Drop: Hashable, Sendable {
    /// Its sender is suspended: nothing it says counts until an operator accepts its log.
    case suspended(NodeName)
    /// Too many sagas are open to begin the step: its sender retries.
    case tooManyOpen(NodeName)
    /// A dead letter beyond what is kept of its source.
    case overBudget(DeadLetterSource)
    /// A dead letter that is kept already, word for word.
    case repeated(DeadLetterSource)
}
