/// How far a node has taken a peer's entries: acknowledgment and evidence in one.
public struct Read: Hashable, Sendable {
    /// The newest number of the peer's that was taken; 0 for none.
    public let number: UInt64
    /// The peer's newest header that was taken.
    public let header: HeaderName
    /// The newest number of the sender's own that a ``Read`` of the peer acknowledged, of those
    /// that were taken with a numbered entry; 0 for none.
    public let acknowledged: UInt64

    /// Takes the parts as they are.
    public init(number: UInt64, header: HeaderName, acknowledged: UInt64) {
        self.number = number
        self.header = header
        self.acknowledged = acknowledged
    }
}

/// A commit of a log, by its place and its hash.
public struct HeaderName: Hashable, Sendable {
    /// The commit's number: 1 for the log's first.
    public let commit: UInt64
    /// SHA-256 of its header as it was signed.
    public let hash: Hash

    /// Takes the parts as they are.
    public init(commit: UInt64, hash: Hash) {
        self.commit = commit
        self.hash = hash
    }
}
