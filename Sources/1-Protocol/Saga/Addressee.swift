/// The peer that an entry is shown, and the entry's number among those for that peer.
public struct Addressee: Hashable, Sendable {
    /// An entry has at most one addressee.
    public let peer: NodeName
    /// 1, 2, 3 … without gaps among all entries for ``peer``, in the order of their positions. They
    /// never start again.
    public let number: UInt64

    /// Takes the parts as they are: nothing is checked.
    public init(_ peer: NodeName, number: UInt64) {
        self.peer = peer
        self.number = number
    }
}

extension Event {
    /// The peer that the entry is for: the step before that waits for a decision, or the step after
    /// that is asked for one.
    public var receiver: NodeName? {
        guard case .stepDecided(let decided) = self else { return nil }
        switch decided.state {
        case .unknown, .deciding: return nil
        case .reserved: return decided.next
        case .confirmed, .cancelled: return decided.previous
        }
    }
}
