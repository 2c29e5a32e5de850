public import Saga
public import Wire

/// One event in a log. The store sees bytes; what they mean is the node's affair.
public struct Entry: Hashable, Sendable {
    /// The entry's place, without gaps in its log.
    public let position: Position
    /// The UUID that the entry can be found by, a saga's or an operation's; `nil` for the node's
    /// own housekeeping.
    public let saga: CommandID?
    /// What the entry shows, keeps and is about; together at most ``CommitLimits/partsBytesMax``
    /// bytes. The salt is not among them.
    public let parts: EntryParts
    /// 16 bytes in front of what is kept, so that no peer can guess it from its hash.
    public let salt: [UInt8]

    /// The length of ``salt``.
    public static let saltByteCount = 16

    /// Takes the parts as they are: the bounds are checked when a commit is made of them.
    public init(position: Position, saga: CommandID?, parts: EntryParts, salt: [UInt8]) {
        self.position = position
        self.saga = saga
        self.parts = parts
        self.salt = salt
    }

    /// SHA-256 of the salt and what is kept: what stands for it where it is not shown.
    public var keptHash: Hash { MerkleTree.hash(of: salt, parts.kept) }

    /// Whether the content, where it is there, is the one that the entry names.
    var hasItsContent: Bool {
        guard !parts.content.isEmpty else { return true }
        guard let frame = try? ShownFrame(parts.shown), let hash = frame.contentHash else {
            return false
        }
        return hash == .sha256(of: parts.content)
    }
}

/// The bounds of what one commit may hold: no commit beyond them is made.
public enum CommitLimits {
    /// The bytes of one inbox cursor in a commit, at most.
    public static let cursorBytesMax = 128

    /// The most bytes of an entry's parts: 96 KiB.
    public static let partsBytesMax = 96 * 1024
    /// The most entries of a commit.
    public static let entriesMax = 10_000
    /// The longest body, in bytes: with the header and the signature it is less than half a MiB,
    /// half of what Kafka takes in a record by default.
    public static let bodyBytesMax = 511 * 1024
    /// What an entry takes besides its parts, at most: the UUID, the salt, and five tags and
    /// lengths.
    public static let entryFrameBytesMax = 56
}
