public import Saga
import Wire

/// Verifies a log, commit by commit: nothing missing, nothing changed, all of it signed by the
/// node's key.
///
/// It trusts only where it starts and the public keys; of what entries mean it knows one thing:
/// which of those keys signs from the next commit on.
public struct Chain: Sendable {
    /// The end of what is verified.
    public private(set) var end: Link
    private let node: NodeName
    private let keys: KeyRing

    /// - Parameters:
    ///   - node: The only one whose commits the log may hold.
    ///   - keys: All that the log was ever signed with, from a trusted place.
    ///   - link: Where verification starts: the beginning of the log, or a commit that was verified
    ///     before or is trusted for another reason (a signed snapshot names it).
    public init(node: NodeName, keys: KeyRing, after link: Link = .start) {
        self.node = node
        self.keys = keys
        end = link
    }

    /// For a log that was signed with one key only.
    public init(node: NodeName, key: PublicKey, after link: Link = .start) {
        self.init(node: node, keys: KeyRing(key), after: link)
    }

    /// The key that signs the next commit; `nil` where the end does not say which of them it is.
    public var signer: PublicKey? { end.signer.flatMap { keys[$0] } }

    /// Verifies that `commit` is the next one; only then it becomes the end.
    ///
    /// - Throws: The first fault in the order of ``ChainFault``'s cases.
    /// - Complexity: One signature to verify and three hashes per entry.
    public mutating func extend(with commit: Commit) throws(ChainFault) {
        try extend(with: commit, isLast: true)
    }

    /// Verifies that `commits` are the next ones; only then the last becomes the end.
    ///
    /// Of those under one key only the last signature is checked: through the hashes it covers all
    /// before it, so nothing can be changed, left out or put in. A damaged signature in between is
    /// not noticed; audits and restorations take commits one by one.
    ///
    /// - Throws: What does not fit is noticed at the latest at the last commit of its key, so the
    ///   fault may name a commit after the wrong one. The end stays where it was.
    /// - Complexity: One signature to verify per key, and three hashes per entry.
    public mutating func extend(with commits: some Collection<Commit>) throws(ChainFault) {
        var chain = self
        var rest = commits[...]
        while let commit = rest.popFirst() {
            let isLast = rest.first?.header.keyID != commit.header.keyID
            try chain.extend(with: commit, isLast: isLast)
        }
        self = chain
    }

    /// - Parameter isLast: No other commit vouches for this one.
    private mutating func extend(with commit: Commit, isLast: Bool) throws(ChainFault) {
        let header = commit.header
        let position = header.first
        guard header.node == node else { throw .foreignNode(at: position) }
        guard (end.signer ?? header.keyID) == header.keyID, let key = keys[header.keyID] else {
            throw .foreignKey(at: position)
        }
        guard !isLast || key.isValid(commit.signature, for: commit.headerBytes) else {
            throw .invalidSignature(at: position)
        }
        guard header.first == end.position + 1 else { throw .gap(at: position) }
        guard header.counts(commit.entries) else { throw .miscounted(at: position) }
        guard header.previousHash == end.commitHash else { throw .broken(at: position) }
        guard header.number == end.history.count + 1, header.historyRoot == end.history.root
        else { throw .otherHistory(at: position) }
        guard header.bodyByteCount == commit.body.count,
            header.cursorsHash == .sha256(of: CommitBody.cursors(commit.inboxes))
        else { throw .alteredBody(at: position) }
        guard header.merkleRoot == MerkleTree.root(of: commit.entries) else {
            throw .alteredEntries(at: position)
        }
        guard commit.entries.allSatisfy(\.hasItsContent) else {
            throw .alteredEntries(at: position)
        }
        let next = Link(after: commit, in: end.history)
        guard let signer = next.signer, keys[signer] != nil else {
            throw .unknownKey(at: position)
        }
        guard header.timeline >= end.timeline else { throw .timelineBack(at: position) }
        guard header.epoch >= end.epoch else { throw .epochBack(at: position) }
        guard header.time >= end.time else { throw .timeBack(at: position) }
        end = next
    }
}

extension Chain {
    /// What the next commit is measured against.
    public struct Link: Hashable, Sendable {
        /// The last entry of the commit.
        public let position: Position
        /// The hash that the next commit has to name as its predecessor's.
        public let commitHash: Hash
        /// The next commit's may not be lower.
        public let timeline: UInt64
        /// The next commit's may not be lower.
        public let epoch: Epoch
        /// The next commit's may not be earlier.
        public let time: Timestamp
        /// Who signs the next commit; `nil`: any of the node's keys, since nothing says which.
        public let signer: KeyID?

        /// Of the commits up to and including the one at ``position``: the next commit's header
        /// continues it.
        public let history: HistoryTree

        /// Before the first commit.
        public static let start = Link(
            position: .start, commitHash: .zero, history: HistoryTree())

        /// Takes a commit that is verified or trusted: nothing is checked here.
        ///
        /// - Parameters:
        ///   - commit: The one that becomes the end.
        ///   - history: Of the commits before it.
        public init(after commit: Commit, in history: HistoryTree) {
            position = commit.header.last
            commitHash = commit.hash
            timeline = commit.header.timeline
            epoch = commit.header.epoch
            time = commit.header.time
            signer = commit.nextKey?.keyID ?? commit.header.keyID
            var history = history
            history.append(commit.hash)
            self.history = history
        }

        /// A commit of which only place, hash and history are known, as a snapshot names it: the
        /// next one's timeline, epoch and time are then taken as they are.
        public init(
            position: Position, commitHash: Hash, history: HistoryTree, signer: KeyID? = nil
        ) {
            self.position = position
            self.commitHash = commitHash
            self.history = history
            timeline = 0
            epoch = Epoch(0)
            time = .distantPast
            self.signer = signer
        }
    }
}
