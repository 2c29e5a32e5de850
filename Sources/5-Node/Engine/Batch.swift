import Chain
public import Saga
public import Wire

/// The result of one call of ``Engine/step(_:now:)``.
///
/// `events` become one commit. `outputs` may leave only when that commit, and all before it, are
/// durable; where there are no events, when the newest commit before this batch is.
public struct Batch<Fact: Hashable & Sendable>: Sendable {
    /// What the entries of the commit say, in their order; empty where nothing has to be
    /// remembered.
    public private(set) var events: [Event<Fact>] = []
    /// The same as the log keeps it, one for each of `events`.
    public private(set) var parts: [EntryParts] = []
    /// The bytes that they take in the commit's body, at most.
    private(set) var byteCount = 0
    /// The replies, the questions to the outside and what the relays have to know, in the order of
    /// deciding.
    public internal(set) var outputs: [Output] = []
    /// The commit's time.
    public internal(set) var time: Timestamp
    /// The offsets where the inboxes of peers stand after this batch, where the log does not say so
    /// yet.
    public internal(set) var inboxes: [NodeName: Int64] = [:]
    /// The number of the log's, as this batch leaves it.
    public internal(set) var timeline: UInt64
    /// Records and entries of peers that left no trace, and why.
    public internal(set) var drops: [Drop: Int] = [:]

    /// How many records and entries left no trace.
    public var dropped: Int { drops.values.reduce(0, +) }

    /// Adds an entry.
    ///
    /// - Parameter parts: The event's encoding.
    mutating func add(_ event: Event<Fact>, _ parts: EntryParts) {
        events.append(event)
        self.parts.append(parts)
        byteCount += parts.byteCount + CommitLimits.entryFrameBytesMax
    }

    /// Whether further entries fit into the commit.
    ///
    /// - Parameters:
    ///   - bytes: Of these entries, at most.
    ///   - reads: Entries that follow at the batch's end, each with a peer's header.
    ///   - cursors: Inboxes whose cursors will stand in the commit.
    func hasRoom(for bytes: Int, besides reads: Int, cursors: Int) -> Bool {
        let taken =
            byteCount + (reads + 1) * Self.headerEntryBytesMax
            + (cursors + 1) * CommitLimits.cursorBytesMax
        return taken + bytes <= CommitLimits.bodyBytesMax
    }

    /// An input, or an entry that is taken, makes at most one entry that is as long as an entry may
    /// be, and shorter ones. Whatever is long besides is bounded by itself.
    static var inputBytesMax: Int { 2 * CommitLimits.partsBytesMax }

    /// An entry that keeps a peer's header.
    private static var headerEntryBytesMax: Int { SignedHeader.bytesMax + 512 }

    mutating func drop(_ why: Drop) { drops[why, default: 0] += 1 }

    init(time: Timestamp, timeline: UInt64) {
        self.time = time
        self.timeline = timeline
    }
}

/// What a batch has to say besides its entries, which peers are shown from the log. Losing one does
/// no harm: the side that waits retries.
public enum Output: Sendable {
    case reply(Ticket, Reply)
    /// Ask the outside to decide a step, or to stop thinking about it.
    case ask(StepID, stop: Bool)
    /// The peer has said how far it has taken this node's entries, alone or with entries that were
    /// taken.
    case heard(NodeName, Read)
    /// Something of the peer's was not taken: the acknowledgment is to be said again.
    case sayAgain(NodeName)
    /// The peer has become one, has accepted the own newest timeline, is suspended or counts again:
    /// what the relay must know.
    case linkChanged(NodeName, isSuspended: Bool, isAnswered: Bool)
}
