public import Chain
public import Saga

/// The result of one call of ``Engine/step(_:now:)``.
///
/// `events` become one commit. `outputs` may leave only when that commit, and all before it, are
/// durable; where there are no events, when the newest commit before this batch is.
public struct Batch<Fact: Hashable & Sendable>: Sendable {
    /// The entries of the commit, in their order; empty where nothing has to be remembered.
    public internal(set) var events: [Event<Fact>] = []
    /// The replies, repeated messages and questions to the outside, in the order of deciding.
    public internal(set) var outputs: [Output] = []
    /// The commit's time.
    public internal(set) var time: Timestamp
    /// Where the inbox stands after this batch.
    public internal(set) var inbox: InboxCursor
    /// The log's, as this batch leaves it.
    public internal(set) var timeline: UInt64
    /// Records that left no trace, and why.
    public internal(set) var drops: [Drop: Int] = [:]

    /// How many records left no trace.
    public var dropped: Int { drops.values.reduce(0, +) }

    mutating func drop(_ why: Drop) { drops[why, default: 0] += 1 }

    init(time: Timestamp, inbox: InboxCursor, timeline: UInt64) {
        self.time = time
        self.inbox = inbox
        self.timeline = timeline
    }
}

/// What leaves a node besides the messages that follow from its entries. Losing one does no harm:
/// the side that waits retries.
public enum Output: Sendable {
    case reply(Ticket, Reply)
    /// A repeated question, or a repeated answer.
    case send(Message)
    /// Ask the outside to decide a step, or to stop thinking about it.
    case ask(StepID, stop: Bool)
}
