public import EventLog
public import Saga
public import Wire

/// Folds a log: how a node starts, and how an auditor reads.
///
/// Verifies what it folds: the chain (nothing missing, nothing changed, all of it signed) and the
/// books (what the entries say adds up).
public struct Recovery<P: WireParticipant>: Sendable {
    public private(set) var state: State<P>
    private var chain: Chain

    /// From the first entry.
    public init(node: NodeName, participant: P, key: PublicKey) {
        state = State(node: node, participant: participant)
        chain = Chain(node: node, key: key)
    }

    /// From a snapshot.
    ///
    /// - Throws: It is not signed by `key`, or is not of `node`: start from the first entry.
    public init(node: NodeName, snapshot: Snapshot, key: PublicKey) throws(WireError) {
        guard snapshot.isValid(for: key) else {
            throw WireError("the snapshot at \(snapshot.position) is not signed by the node's key")
        }
        state = try State(encoded: snapshot.state)
        guard state.node == node, state.position == snapshot.position else {
            throw WireError("the snapshot at \(snapshot.position) is of another place")
        }
        chain = Chain(
            node: node, key: key,
            after: .init(position: snapshot.position, commitHash: snapshot.commitHash))
    }

    /// The end of what was folded.
    public var end: Chain.Link { chain.end }

    /// - Throws: ``ChainFault``, ``WireError`` or ``FoldFault``: the log is not what was written.
    public mutating func fold(_ commit: Commit) throws {
        try chain.extend(with: commit)
        try state.apply(try commit.events(for: P.self), of: commit.header)
    }
}
