public import Saga

/// What is said, and signed, of one atomic batch of entries.
public struct CommitHeader: Hashable, Sendable {
    /// The format this code writes, and the newest it reads.
    public static let currentFormat: UInt32 = 1

    public var format = CommitHeader.currentFormat
    public var node: NodeName
    public var keyID: KeyID
    public var generation: UInt64
    public var epoch: Epoch
    public var first: Position
    public var last: Position
    /// Never before the previous commit's.
    public var time: Timestamp
    public var inbox: InboxCursor
    /// The hash of the previous commit's header; ``Hash/zero`` before the first.
    public var previousHash: Hash
    /// RFC 6962 over the entries' leaves.
    public var merkleRoot: Hash

    public init(
        node: NodeName, keyID: KeyID, generation: UInt64, epoch: Epoch, first: Position,
        last: Position, time: Timestamp, inbox: InboxCursor, previousHash: Hash,
        merkleRoot: Hash
    ) {
        self.node = node
        self.keyID = keyID
        self.generation = generation
        self.epoch = epoch
        self.first = first
        self.last = last
        self.time = time
        self.inbox = inbox
        self.previousHash = previousHash
        self.merkleRoot = merkleRoot
    }
}

/// Which writer a log belongs to: moved by compare-and-set when another takes over.
public struct Epoch: Hashable, Sendable, Comparable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    public static func < (left: Epoch, right: Epoch) -> Bool { left.number < right.number }
}

/// The first eight bytes of a public key's SHA-256.
public struct KeyID: Hashable, Sendable {
    public static let byteCount = 8

    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension KeyID: CustomStringConvertible {
    public var description: String { Hexadecimal.text(of: bytes) }
}
