public import Saga

/// One event in a log. The store sees bytes; what they mean is the node's affair.
public struct Entry: Hashable, Sendable {
    /// The entry's place, without gaps in its log.
    public let position: Position
    /// The UUID that the entry can be found by, a saga's or an operation's; `nil` for the node's
    /// own housekeeping.
    public let saga: CommandID?
    /// At most ``CommitLimits/payloadBytesMax`` bytes.
    public let payload: [UInt8]

    /// Takes the parts as they are: the bounds are checked when a commit is made of them.
    public init(position: Position, saga: CommandID?, payload: [UInt8]) {
        self.position = position
        self.saga = saga
        self.payload = payload
    }
}

/// The bounds of what one commit may hold: no commit beyond them is made.
public enum CommitLimits {
    /// The longest payload of an entry, in bytes: 96 KiB.
    public static let payloadBytesMax = 96 * 1024
    /// The most entries of a commit.
    public static let entriesMax = 10_000
    /// The longest body, in bytes: with the header and the signature it is less than half a MiB,
    /// half of what Kafka takes in a record by default.
    public static let bodyBytesMax = 511 * 1024
    /// What an entry takes besides its payload, at most: the saga, and four tags and lengths.
    public static let entryFrameBytesMax = 32
}
