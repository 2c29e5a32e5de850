public import EventLog
public import Saga
public import Wire

/// Folds a log: how a node starts, and how an auditor reads.
///
/// Verifies what it folds: the chain (nothing missing, nothing changed, all of it signed by the key
/// that the log names) and the books (what the entries say adds up).
public struct Recovery<P: WireParticipant>: Sendable {
    public private(set) var state: State<P>
    private var chain: Chain
    private let key: PublicKey

    /// From the first entry.
    public init(node: NodeName, participant: P, key: PublicKey) {
        state = State(node: node, participant: participant)
        self.key = key
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
        guard state.publicKey == key.bytes else {
            throw WireError("the snapshot at \(snapshot.position) names another key")
        }
        self.key = key
        chain = Chain(
            node: node, key: key,
            after: .init(position: snapshot.position, commitHash: snapshot.commitHash))
    }

    /// The end of what was folded.
    public var end: Chain.Link { chain.end }

    /// - Throws: ``ChainFault``, ``WireError`` or ``FoldFault``: the log is not what was written.
    public mutating func fold(_ commit: Commit) throws {
        try chain.extend(with: commit)
        let events = try commit.events(for: P.self)
        for case .stepDecided(let decided) in events { try Self.check(decided) }
        try state.apply(events, of: commit.header)
        guard state.publicKey == key.bytes else {
            throw FoldFault("the log names another key than the one that signs it")
        }
    }

    /// What the engine has no need to ask of what it has just decided itself.
    private static func check(_ decided: StepDecided<P.Fact>) throws(FoldFault) {
        guard decided.content.isEmpty || .sha256(of: decided.content) == decided.contentHash else {
            throw FoldFault("the content of step \(decided.step) is not the one of its hash")
        }
        guard decided.state != .reserved || decided.next != nil else {
            throw FoldFault("step \(decided.step) is reserved, but it is the last")
        }
    }
}
