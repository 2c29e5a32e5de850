public import Saga

/// One atomic batch of entries under its signed header: a row of a log, and a record of its
/// journal.
public struct Commit: Hashable, Sendable {
    /// The header as `headerBytes` have it.
    public let header: CommitHeader
    /// The header as it was signed; these bytes, not a new encoding, are hashed and verified.
    public let headerBytes: [UInt8]
    /// Ed25519 (RFC 8032) over `headerBytes`, 64 bytes.
    public let signature: [UInt8]
    /// A `CommitBody` (journal.proto): the cursors and the entries.
    public let body: [UInt8]
    /// SHA-256 of `headerBytes`: what the next commit names as its predecessor.
    public let hash: Hash
    /// By peer, the offset of the newest record of its topic to this node whose effect the log
    /// holds with this commit: of those peers only where that has changed since the commit before.
    ///
    /// It saves reading a topic again, and nothing depends on it: entries have numbers, so a second
    /// reading does no harm, also of a topic that was emptied and filled again.
    public let inboxes: [NodeName: Int64]
    /// 1 to ``CommitLimits/entriesMax``, oldest first, positions without gaps, as `body` has them.
    public let entries: [Entry]
}

/// Where a log ends, and whose it is.
public struct Head: Hashable, Sendable {
    /// The newest durable entry; `Position.start` in an empty log.
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

/// Where a log ends, as the one who continues it knows it: perhaps ahead of the disk.
public struct LogEnd: Hashable, Sendable {
    /// The newest commit's place, and the epoch of the one who continues.
    public private(set) var head: Head
    /// Of all commits of the log.
    public private(set) var history: HistoryTree

    /// Takes the parts as they are; `history` has to be that of the commits up to `head`.
    public init(_ head: Head, _ history: HistoryTree) {
        self.head = head
        self.history = history
    }

    /// The end of a log without commits, for the writer of epoch `epoch`.
    public static func empty(of epoch: Epoch) -> LogEnd {
        LogEnd(Head(position: .start, commitHash: .zero, epoch: epoch), HistoryTree())
    }

    /// Moves behind `commit`, which has to be the next one. The epoch stays.
    public mutating func advance(over commit: Commit) {
        head = Head(
            position: commit.header.last, commitHash: commit.hash, epoch: head.epoch)
        history.append(commit.hash)
    }
}

/// A checkpoint of a node's state: a cache, since the log can always be folded again.
public struct Snapshot: Hashable, Sendable {
    /// The state is what the entries up to and including this one make.
    public let position: Position
    /// Of the commit that ends at `position`.
    public let commitHash: Hash
    /// The encoded ``HistoryTree`` of all commits up to and including that one, which the next
    /// commit's header continues: opaque to stores.
    public let history: [UInt8]
    /// The node's encoded state: opaque to stores.
    public let state: [UInt8]
    /// Ed25519 over the text `giro.snapshot.v2`, position, commit hash, the SHA-256 of the history
    /// and that of the state.
    public let signature: [UInt8]

    /// Takes the parts as they are: nothing is signed or verified.
    public init(
        position: Position, commitHash: Hash, history: [UInt8], state: [UInt8],
        signature: [UInt8]
    ) {
        self.position = position
        self.commitHash = commitHash
        self.history = history
        self.state = state
        self.signature = signature
    }
}
