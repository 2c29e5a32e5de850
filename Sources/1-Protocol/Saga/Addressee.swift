/// The peer that an entry is shown, and the entry's number among those for that peer.
public struct Addressee: Hashable, Sendable {
    /// An entry has at most one addressee.
    public let peer: NodeName
    /// 1, 2, 3 … without gaps among all entries for ``peer`` that have one, in the order of their
    /// positions. They never start again. `nil` for a ``Read``, which has none.
    public let number: UInt64?

    /// Takes the parts as they are: nothing is checked.
    public init(_ peer: NodeName, number: UInt64?) {
        self.peer = peer
        self.number = number
    }
}

extension Event {
    /// The peer that the entry is for: the step before that waits for a decision, the step after
    /// that is asked for one, or the peer that learns something about logs.
    public var receiver: NodeName? {
        switch self {
        case .stepDecided(let decided):
            switch decided.state {
            case .unknown, .deciding: nil
            case .reserved: decided.next
            case .confirmed, .cancelled: decided.previous
            }
        case .stepRepeated(let repeated): repeated.neighbour
        case .abandonRequested(let request): request.next
        case .read(_, let peer, _), .peerAccepted(let peer, _, _), .timelineShown(_, let peer),
            .keyShown(_, let peer):
            peer
        default: nil
        }
    }

    /// Whether the entry has a number among those for its ``receiver``.
    public var isNumbered: Bool {
        if case .read = self { return false }
        return receiver != nil
    }
}
