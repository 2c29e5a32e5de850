public import Saga

/// What is said, and signed, of one atomic batch of entries.
public struct CommitHeader: Hashable, Sendable {
    /// The format this code writes, and the newest it reads.
    public static let currentFormat: UInt32 = 2

    /// The format of the encoding; reading refuses any but ``currentFormat``.
    public var format = CommitHeader.currentFormat
    /// The node whose log the commit belongs to.
    public var node: NodeName
    /// The key that signs the commit, one of the node's.
    public var keyID: KeyID
    /// The timeline of the log: approvers start the next one where its end was lost.
    public var timeline: UInt64
    /// The epoch of the writer that made the commit.
    public var epoch: Epoch
    /// 1 for the log's first commit, then one more for each.
    public var number: UInt64
    /// The first entry's position: one after the previous commit's `last`.
    public var first: Position
    /// The last entry's position, which is the commit's place in the log.
    public var last: Position
    /// Never before the previous commit's.
    public var time: Timestamp
    /// The hash of the previous commit's header; `Hash.zero` before the first.
    public var previousHash: Hash
    /// RFC 6962 over the entries' leaves.
    public var merkleRoot: Hash
    /// ``HistoryTree/root`` over the hashes of all commits before this one: any of them can be
    /// shown to belong to this header's history.
    public var historyRoot: Hash
    /// SHA-256 of what stands in the body and no peer needs: the cursors.
    public var cursorsHash: Hash
    /// The body's length.
    public var bodyByteCount: Int

    /// Takes the parts as they are: nothing is checked. The format is ``currentFormat``.
    public init(
        node: NodeName, keyID: KeyID, timeline: UInt64, epoch: Epoch, number: UInt64,
        first: Position, last: Position, time: Timestamp, previousHash: Hash, merkleRoot: Hash,
        historyRoot: Hash, cursorsHash: Hash, bodyByteCount: Int
    ) {
        self.node = node
        self.keyID = keyID
        self.timeline = timeline
        self.epoch = epoch
        self.number = number
        self.first = first
        self.last = last
        self.time = time
        self.previousHash = previousHash
        self.merkleRoot = merkleRoot
        self.historyRoot = historyRoot
        self.cursorsHash = cursorsHash
        self.bodyByteCount = bodyByteCount
    }
}

/// Which writer a log belongs to: moved by compare-and-set when another takes over.
public struct Epoch: Hashable, Sendable, Comparable {
    /// 0 before the first writer; each takeover adds 1.
    public let number: UInt64

    /// Takes any number; only taking a log over makes one valid.
    public init(_ number: UInt64) {
        self.number = number
    }

    /// An older writer's epoch is less.
    public static func < (left: Epoch, right: Epoch) -> Bool { left.number < right.number }
}

/// The first eight bytes of a public key's SHA-256.
public struct KeyID: Hashable, Sendable {
    /// The length of an id in bytes.
    public static let byteCount = 8

    /// The bytes in the digest's order. Comparing ids compares all of them.
    public let bytes: [UInt8]

    /// Takes bytes of any count: one that no key has finds no key.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension KeyID: CustomStringConvertible {
    /// 16 lower-case hexadecimal digits, as messages to operators show them.
    public var description: String { Hexadecimal.text(of: bytes) }
}
