public import Chain
public import Saga
public import Wire

/// Folds a log: how a node starts, and how an auditor reads.
///
/// Verifies what it folds: the chain (nothing missing, nothing changed, all of it signed by the
/// keys that the log names) and the books (what the entries say adds up).
public struct Recovery<P: WireParticipant>: Sendable {
    /// The fold of the commits so far; of no use once a fold has thrown.
    public private(set) var state: State<P>
    private var chain: Chain

    /// From the first entry.
    ///
    /// - Parameters:
    ///   - node: The one whose log it is.
    ///   - participant: As it is before its first fact.
    ///   - keys: All that the log was ever signed with.
    public init(node: NodeName, participant: P, keys: KeyRing) {
        state = State(node: node, participant: participant)
        chain = Chain(node: node, keys: keys)
    }

    /// From the first entry of a log that was signed with one key only.
    public init(node: NodeName, participant: P, key: PublicKey) {
        self.init(node: node, participant: participant, keys: KeyRing(key))
    }

    /// From a snapshot.
    ///
    /// - Parameters:
    ///   - node: The one whose log it is.
    ///   - snapshot: A state of this log; the commits after it follow.
    ///   - keys: Those that may have signed it or the commits after it. A key that was rotated
    ///     should not be among them: a state is not bound to its log as a commit is.
    /// - Throws: It is not signed by one of `keys`, or is not of `node`: start from the first
    ///   entry.
    public init(node: NodeName, snapshot: Snapshot, keys: KeyRing) throws(WireError) {
        guard let key = keys.keys.first(where: snapshot.isValid(for:)) else {
            throw WireError("the snapshot at \(snapshot.position) is not signed by the node's key")
        }
        state = try State(encoded: snapshot.state)
        guard state.node == node, state.position == snapshot.position else {
            throw WireError("the snapshot at \(snapshot.position) is of another place")
        }
        guard state.publicKey == key.bytes else {
            throw WireError("the snapshot at \(snapshot.position) names another key")
        }
        chain = Chain(
            node: node, keys: keys,
            after: .init(
                position: snapshot.position, commitHash: snapshot.commitHash,
                history: try HistoryTree(encoded: snapshot.history), signer: key.keyID))
    }

    /// From a snapshot of a log that is signed with one key only.
    public init(node: NodeName, snapshot: Snapshot, key: PublicKey) throws(WireError) {
        try self.init(node: node, snapshot: snapshot, keys: KeyRing(key))
    }

    /// The key that signs the next commit; `nil` before the first.
    public var signer: PublicKey? { chain.signer }

    /// The end of what was folded.
    public var end: Chain.Link { chain.end }

    /// - Returns: What its entries say.
    /// - Throws: `ChainFault`, `WireError` or `FoldFault`: the log is not what was written.
    @discardableResult
    public mutating func fold(_ commit: Commit) throws -> [Event<P.Fact>] {
        try chain.extend(with: commit)
        let events = try apply(commit)
        try checkSigner()
        return events
    }

    /// Many at once, as they are read: of those under one key only the last signature is checked,
    /// see `Chain.extend(with:)`.
    ///
    /// - Throws: As with one; then it cannot be gone on with.
    public mutating func fold(_ commits: [Commit]) throws {
        guard !commits.isEmpty else { return }
        try chain.extend(with: commits)
        for commit in commits { _ = try apply(commit) }
        try checkSigner()
    }

    private mutating func apply(_ commit: Commit) throws -> [Event<P.Fact>] {
        let events = try commit.events(for: P.self)
        for case .stepDecided(let decided) in events { try Self.check(decided) }
        try state.apply(events, of: commit)
        return events
    }

    private func checkSigner() throws(FoldFault) {
        guard state.publicKey == chain.signer?.bytes else {
            throw FoldFault("the log names another key than the one that signs it")
        }
    }

    /// What the engine has no need to ask of what it has just decided itself.
    private static func check(_ decided: StepDecided<P.Fact>) throws(FoldFault) {
        guard !decided.state.isTerminal else { return }
        guard decided.state != .reserved || decided.next != nil else {
            throw FoldFault("step \(decided.step) is reserved, but it is the last")
        }
        guard !decided.content.isEmpty, decided.deadline != nil else {
            throw FoldFault("step \(decided.step) is open without its content or deadline")
        }
    }
}
