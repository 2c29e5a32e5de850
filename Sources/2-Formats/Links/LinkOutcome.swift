public import Saga

/// What follows from an excerpt for the node that was shown it.
public enum LinkOutcome: Hashable, Sendable {
    /// Entries were taken: they and what they cause belong into one commit.
    case taken(LinkTaking)
    /// A `read` alone: it moves the relay's cursor forward, and is recorded nowhere.
    case heard(Read)
    /// The peer lost what was taken of it: nothing of it counts until people accept the timeline.
    case forked(Fork)
    /// The peer's new timeline is answered by an own `accepted`, although nothing else of the peer
    /// is read yet: it has not yet accepted the own one.
    case answered(Fork)
    /// One of the two logs was rewound: the peer is suspended, and shown nothing.
    case denied(Denial)
    /// Nothing was taken.
    case nothing(Reason)

    /// The reason why nothing of an excerpt was taken. The first that holds, in this order.
    public enum Reason: Hashable, Sendable {
        /// It is of another node, or for another.
        case otherLink
        /// It has neither a number nor a `read`.
        case empty
        /// The peer is suspended.
        case suspended
        /// People have not compared keys since the own log was lost.
        case keyNotCompared
        /// The peer has not accepted the own new timeline, or not yet here.
        case notAccepted
        /// All numbers were taken before.
        case old
        /// The next number is missing.
        case gap
        /// The header is of an older timeline than the newest one taken.
        case olderTimeline
        /// The header does not name the newest one taken, or does not have it in its history.
        case otherHeader
        /// A key signed it that does not count: a retired one, or one that is not known yet.
        case otherKey
        /// The key that it names did not sign it.
        case badSignature
        /// A new timeline is shown under a key that does not count, so perhaps one that lost
        /// entries named: if people who compare it with the peer's know it, see `fork(in:under:)`.
        case timelineUnderOtherKey
        /// Header and entries do not belong together.
        case badProof(ExcerptFault)
    }

    /// Whether the node says its acknowledgment again, at most once a second: whatever an honest
    /// peer may have shown without need. Otherwise one lost acknowledgment would make the peer
    /// show the same old record permanently.
    ///
    /// A `read` alone is answered only under a key or of a timeline that does not count: two idle
    /// nodes fall silent.
    public var isAnsweredAgain: Bool {
        switch self {
        case .nothing(.old), .nothing(.gap), .nothing(.olderTimeline), .nothing(.otherHeader),
            .nothing(.otherKey), .nothing(.timelineUnderOtherKey):
            true
        default: false
        }
    }
}

/// Entries that were taken from an excerpt, and what has to stand in the same commit.
public struct LinkTaking: Hashable, Sendable {
    /// The entries with the next numbers, in their order; at least one.
    public let entries: [ShownEntry]
    /// The numbers of those that name the key of the peer's next commits. Another entry may name
    /// the same key and not count, as of a commit before the header's.
    public let keys: Set<UInt64>
    /// The numbers of those about the peer's timeline of which the header of the same commit says
    /// something else: no node writes them. They count for nothing, and are refused.
    public let unfounded: Set<UInt64>
    /// The peer's acknowledgment, where the record had one that is newer than those before.
    public let heard: Read?
    /// The peer's new timeline, to be answered by an own `accepted` in the same commit.
    public let accepts: TimelineName?
    /// What the node's log has to record, in this order. The last is the own `read`, behind the
    /// `accepted` if there is one.
    public let records: [LinkRecord]
}
