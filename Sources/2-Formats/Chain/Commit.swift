public import Saga

/// One atomic batch of entries with its signed header, as a log holds it.
public struct Commit: Hashable, Sendable {
    /// The header as `headerBytes` have it.
    public let header: CommitHeader
    /// The header as it was signed; these bytes, not a new encoding, are hashed and verified.
    public let headerBytes: [UInt8]
    /// Ed25519 (RFC 8032) over `headerBytes`, 64 bytes.
    public let signature: [UInt8]
    /// SHA-256 of `headerBytes`: what the next commit names as its predecessor.
    public let hash: Hash
    /// 1 to ``EntryLimits/commitEntriesMax``, oldest first, positions without gaps.
    public let entries: [Entry]
}

/// Where a log ends, and whose it is.
public struct Head: Hashable, Sendable {
    /// The newest durable entry; ``Position/start`` in an empty log.
    public let position: Position
    /// The newest commit's; `Hash.zero` in an empty log.
    public let commitHash: Hash
    /// The writer that may append now, which may be newer than the newest commit's.
    public let epoch: Epoch

    /// Takes the parts as they are, as a store keeps them.
    public init(position: Position, commitHash: Hash, epoch: Epoch) {
        self.position = position
        self.commitHash = commitHash
        self.epoch = epoch
    }

    /// The head of a log that was never written to or opened for writing.
    public static let empty = Head(position: .start, commitHash: .zero, epoch: Epoch(0))
}

/// A checkpoint of a node's state: a cache, since the log can always be folded again.
public struct Snapshot: Hashable, Sendable {
    /// The state is what the entries up to and including this one make.
    public let position: Position
    /// Of the commit that ends at `position`.
    public let commitHash: Hash
    /// The node's encoded state: opaque to stores.
    public let state: [UInt8]
    /// Ed25519 over the text `giro.snapshot.v1`, position, commit hash and the state's SHA-256.
    public let signature: [UInt8]

    /// Takes the parts as they are: nothing is signed or verified.
    public init(position: Position, commitHash: Hash, state: [UInt8], signature: [UInt8]) {
        self.position = position
        self.commitHash = commitHash
        self.state = state
        self.signature = signature
    }
}
