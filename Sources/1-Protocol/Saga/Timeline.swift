/// Names a timeline: 16 random bytes, since numbers can be given twice after two losses.
public struct ForkID: Hashable, Sendable {
    /// The length of an id.
    public static let byteCount = 16

    /// The 16 bytes.
    public let bytes: [UInt8]

    /// Exactly 16 bytes; `nil` for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// A branch of a log's history, but for the first, which has no name.
public struct TimelineName: Hashable, Sendable {
    /// 1 or more, and higher than that of every header that the node or a peer is known to have.
    public let number: UInt64
    /// What tells two timelines of one number apart.
    public let fork: ForkID

    /// Takes the parts as they are.
    public init(number: UInt64, fork: ForkID) {
        self.number = number
        self.fork = fork
    }
}

/// A timeline that began since the end of the log before it was lost, and people accepted that.
public struct NewTimeline: Hashable, Sendable {
    /// The timeline that begins.
    public let name: TimelineName
    /// The last entry of the log before it that survives; `Position.start` for none.
    public let position: Position
    /// The hash of the commit that ends there; `Hash.zero` for none.
    public let commitHash: Hash
    /// The timelines before it that the surviving log holds, oldest first: a peer may have seen
    /// none of them, and then its own fork is the earliest one that it has not followed.
    public let earlier: [Beginning]

    /// Where an earlier timeline began.
    public struct Beginning: Hashable, Sendable {
        /// The timeline's number.
        public let timeline: UInt64
        /// The number of the entry that began it, for the same peer.
        public let number: UInt64
        /// The last entry that survived then.
        public let position: Position

        /// Takes the parts as they are.
        public init(timeline: UInt64, number: UInt64, position: Position) {
            self.timeline = timeline
            self.number = number
            self.position = position
        }
    }

    /// The most earlier timelines that an entry names: the newest ones.
    public static let earlierMax = 64

    /// Takes the parts as they are.
    public init(
        _ name: TimelineName, position: Position, commitHash: Hash, earlier: [Beginning] = []
    ) {
        self.name = name
        self.position = position
        self.commitHash = commitHash
        self.earlier = earlier
    }
}

/// A node's answer to a peer's new timeline.
public struct Accepted: Hashable, Sendable {
    /// The peer's timeline that is accepted.
    public let timeline: TimelineName
    /// The own timeline that this entry stands in; `nil` for the first. Where both logs were lost,
    /// the peer takes this entry before all others, so it may learn only from here which timeline
    /// it has to answer itself.
    public let own: TimelineName?

    /// Takes the parts as they are.
    public init(_ timeline: TimelineName, own: TimelineName?) {
        self.timeline = timeline
        self.own = own
    }
}
