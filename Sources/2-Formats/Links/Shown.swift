public import Chain
public import Saga

/// The part of an entry that a peer is shown: for which peer it is, its number among the entries
/// for that peer, and what it says.
public struct Shown: Hashable, Sendable {
    /// The peer that the entry is for: an entry has at most one addressee.
    public let peer: NodeName
    /// 1, 2, 3 … without gaps among all entries for ``peer``, in the order of their positions;
    /// `nil` for a ``What/read(_:)``, which has none.
    public let number: UInt64?
    /// What the entry says.
    public let what: What
    /// SHA-256 of the content that stands beside the entry; `nil` where none does. With it a link
    /// sees that a content was cut out or exchanged, without knowing what it is.
    public let contentHash: Hash?

    /// What an entry says to its addressee.
    public enum What: Hashable, Sendable {
        /// Something about a saga: bytes that a link does not look into.
        case step([UInt8])
        /// How far the sender has taken the addressee's entries.
        case read(Read)
        /// The key that signs the sender's commits after the one that holds this entry.
        case key(PublicKey)
        /// A new timeline of the sender's log begins with this entry's commit.
        case timeline(NewTimeline)
        /// The sender accepts the addressee's new timeline.
        case accepted(Accepted)
        /// Something that this version cannot read. It has its number all the same, so it is taken,
        /// and refused by what it is handed to.
        case notUnderstood
    }

    /// A numbered entry.
    ///
    /// - Parameters:
    ///   - peer: The addressee.
    ///   - number: 1 or more.
    ///   - what: Anything but a `read`.
    ///   - contentHash: SHA-256 of the content beside the entry, if there is one.
    public init(to peer: NodeName, number: UInt64, _ what: What, contentHash: Hash? = nil) {
        self.peer = peer
        self.number = number
        self.what = what
        self.contentHash = contentHash
    }

    /// A `read`, which has no number.
    public init(to peer: NodeName, _ read: Read) {
        self.peer = peer
        number = nil
        what = .read(read)
        contentHash = nil
    }

    init(peer: NodeName, number: UInt64?, what: What, contentHash: Hash?) {
        self.peer = peer
        self.number = number
        self.what = what
        self.contentHash = contentHash
    }

    /// The highest number: stores keep numbers in signed 64-bit columns.
    static let numberMax = UInt64(Int64.max)
}

/// How far a node has taken a peer's entries: acknowledgment, witness and echo in one.
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
