import Engine
import EventLog
import MessageBus
import Saga
import Wire

/// A bank: what survives a crash, and the session that does not.
final class SimulatedNode {
    /// The wall clocks begin in November 2026.
    private static let clockStart: Int64 = 1_795_000_000_000

    let index: Int
    let configuration: Configuration
    let key: SigningKey
    let envelope: Envelope
    /// The disk.
    var log = LogStorage()
    /// The disk as it was before the newest commit: what a disk that forgets falls back to.
    var logBefore = LogStorage()
    /// How far this node's wall clock is from the world's, in milliseconds.
    var clockOffset: Int64 = 0
    /// Raised at every crash and every reopening.
    var life = 0
    /// Memory; `nil` while the node is down.
    var session: Session?
    /// Where memory had read to, last time: for a bug that trusts it.
    var lastRead: InboxCursor?

    var name: NodeName { configuration.node }

    init(
        index: Int, configuration: Configuration, key: SigningKey,
        secrets: [NodeName: PeerSecret]
    ) {
        self.index = index
        self.configuration = configuration
        self.key = key
        envelope = Envelope(node: configuration.node, secrets: secrets)
    }

    func clock(at now: Int64) -> Timestamp {
        Timestamp(milliseconds: Self.clockStart + now / 1_000 + clockOffset)
    }

    /// How long from `now` until this node's clock shows `time`, in microseconds.
    func wait(until time: Timestamp, from now: Int64) -> Int64 {
        (time.milliseconds - clock(at: now).milliseconds) * 1_000
    }
}

/// One life of a node's memory, from opening its log to the next crash or failure.
final class Session {
    static let commitsInFlightMax = 2
    static let inputsPerCommitMax = 16

    var mind: Mind
    /// The end of the log as the writer believes it: in memory, ahead of the disk.
    var head: Head
    var inputs: [Input<Bank>] = []
    /// Decided and sealed, in order; the first one is being appended.
    var inFlight: [Pending] = []
    var relay: SimulatedRelay
    var inbox: SimulatedInbox
    var lastSnapshot: Position
    // What is scheduled already.
    var isDeciding = false
    var isRelaying = false
    var isReading = false
    var wakesAt = Int64.max

    init(mind: Mind, head: Head, relay: SimulatedRelay, inbox: SimulatedInbox) {
        self.mind = mind
        self.head = head
        self.relay = relay
        self.inbox = inbox
        lastSnapshot = head.position
    }

    /// The next inputs, at most as many as one commit takes.
    func takeInputs() -> [Input<Bank>] {
        let taken = Array(inputs.prefix(Self.inputsPerCommitMax))
        inputs.removeFirst(taken.count)
        return taken
    }
}

/// A batch between being decided and being durable.
struct Pending {
    /// `nil` where the batch wrote nothing.
    let outgoing: Outgoing?
    var outputs: [Output]
    /// What the outputs rest on: the newest commit when they were computed.
    let restsOn: Position
    let snapshot: Snapshot?
}

/// Where a session stands in its inbox topic.
struct SimulatedInbox {
    var cursor: InboxCursor
    /// The bus's, when the record at the cursor was last compared; `nil`: not yet.
    var generation: Int?
}
