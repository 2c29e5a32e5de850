public import Saga

/// Why a commit is not the next one of a log; each with the first position the commit claims.
public enum ChainFault: Error, Hashable, Sendable {
    /// The header names another node.
    case foreignNode(at: Position)
    /// The header names a key other than the one that signs the node's log there.
    case foreignKey(at: Position)
    /// The node's key did not sign this header.
    case invalidSignature(at: Position)
    /// The commit does not begin where the log ends.
    case gap(at: Position)
    /// The entries are not those from the header's first to its last position.
    case miscounted(at: Position)
    /// The header names another predecessor.
    case broken(at: Position)
    /// The header counts or names other commits before it than there are.
    case otherHistory(at: Position)
    /// The body's length or its cursors are not what was signed.
    case alteredBody(at: Position)
    /// The entries are not those that were signed.
    case alteredEntries(at: Position)
    /// An entry says that the log is signed on by a key that is not known to be the node's.
    case unknownKey(at: Position)
    case timelineBack(at: Position)
    case epochBack(at: Position)
    case timeBack(at: Position)

    /// The first position that the commit claims, true or not.
    public var position: Position {
        switch self {
        case .foreignNode(let position), .foreignKey(let position),
            .invalidSignature(let position), .gap(let position), .miscounted(let position),
            .broken(let position), .otherHistory(let position), .alteredBody(let position),
            .alteredEntries(let position), .unknownKey(let position),
            .timelineBack(let position), .epochBack(let position), .timeBack(let position):
            position
        }
    }
}

extension ChainFault: CustomStringConvertible {
    /// One sentence for an operator, with the position.
    public var description: String { "The commit at \(position) \(reason)." }

    private var reason: String {
        switch self {
        case .foreignNode: "names another node"
        case .foreignKey: "names another key than the one that signs the log there"
        case .invalidSignature: "is not signed by the node's key"
        case .gap: "does not begin where the log ends: commits are missing or repeated"
        case .miscounted: "does not hold the entries that its header counts"
        case .broken: "does not continue the commit before it"
        case .otherHistory: "does not have the commits before it in its history"
        case .alteredBody: "has another length or other cursors than were signed"
        case .alteredEntries: "holds other entries than were signed"
        case .unknownKey: "rotates to a key that is not known to be the node's"
        case .timelineBack: "has a lower timeline than the one before it"
        case .epochBack: "has a lower epoch than the one before it"
        case .timeBack: "is earlier than the one before it"
        }
    }
}
