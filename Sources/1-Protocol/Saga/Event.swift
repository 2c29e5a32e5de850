/// What an entry of a node's log says. Everything a node remembers is a fold of these.
public enum Event<Fact: Hashable & Sendable>: Hashable, Sendable {
    case stepDecided(StepDecided<Fact>)
    case operationDecided(OperationDecided<Fact>)
    /// The client asked to give the saga up before its deadline, at the node where it began.
    case abandonRequested(CommandID, by: Principal)
    /// What was read of peers' topics changed nothing; how far that is stands in the commit.
    case inboxAdvanced
    /// The record at the cursor of a peer's topic is gone or another one: reading starts again at
    /// the topic's beginning.
    case inboxRestarted(NodeName)
    case quarantined(Quarantined)
    /// The first entry of a log: whose it is and who signs it.
    case nodeOpened(NodeName, publicKey: [UInt8])
    /// A peer's newest header, verified: evidence of its history, for it and for everybody.
    case witnessed(NodeName, SignedHeader)
    /// A peer's header that contradicts one witnessed before, or is of a higher timeline. Nothing
    /// the peer says counts until an operator accepts it.
    case peerSuspended(NodeName, SignedHeader)
    /// An operator accepts a suspended peer's history, as the contradicting header has it.
    case peerAccepted(NodeName, by: Principal)
    /// Two approvers accept that the log was longer once, and start a new timeline.
    case timelineStarted(UInt64, by: Principal, approvers: [String])
    /// From the next commit on this key signs the log; the commit that says so, the old one.
    case keyRotated(publicKey: [UInt8], by: Principal)
    /// Two approvers say that the wall clock shows the right time, although the log's newest
    /// commit, or the boot clock, says otherwise.
    case clockAccepted(Timestamp, by: Principal, approvers: [String])
    /// An operator stops taking new steps from a peer, or takes them again.
    case intakeSet(from: NodeName, Intake, by: Principal)

    /// The UUID whose stream the entry belongs to; `nil` for the node's own housekeeping.
    public var saga: CommandID? {
        switch self {
        case .stepDecided(let decided): decided.step.saga.command
        case .operationDecided(let decided): decided.id
        case .abandonRequested(let id, _): id
        case .inboxAdvanced, .inboxRestarted, .quarantined, .nodeOpened, .witnessed,
            .peerSuspended, .peerAccepted, .timelineStarted, .keyRotated, .clockAccepted,
            .intakeSet:
            nil
        }
    }

    /// The one who decided it; `nil` for what follows from messages, time or the log itself.
    ///
    /// No rule of the protocol or of a participant reads it. A state keeps only that of the client
    /// that began a saga here, while the saga is open: it takes room of the client's share.
    public var principal: Principal? {
        switch self {
        case .stepDecided(let decided): decided.principal
        case .operationDecided(let decided): decided.principal
        case .abandonRequested(_, let principal), .peerAccepted(_, let principal),
            .timelineStarted(_, let principal, _), .keyRotated(_, let principal),
            .clockAccepted(_, let principal, _), .intakeSet(_, _, let principal):
            principal
        case .inboxAdvanced, .inboxRestarted, .quarantined, .nodeOpened, .witnessed,
            .peerSuspended:
            nil
        }
    }

    /// The names of those who approved, in addition to ``principal``: texts as that one gave them.
    public var approvers: [String] {
        switch self {
        case .timelineStarted(_, _, let approvers), .clockAccepted(_, _, let approvers): approvers
        default: []
        }
    }
}

/// A step changed its state, with what that did to the participant.
///
/// One entry per decision, so that a step and its money are decided as a whole. It says enough of
/// the itinerary to make the message that follows from it, without any other entry.
public struct StepDecided<Fact: Hashable & Sendable>: Hashable, Sendable {
    /// The step, always one of the node that wrote the entry.
    public let step: StepID
    /// The state after the decision; ``StepState/canBecome(_:)`` says which may follow which.
    public let state: StepState
    /// Why, where `state` is `cancelled`.
    public let refusal: Refusal?
    /// The owner of the step before; `nil` for the origin's.
    public let previous: NodeName?
    /// The owner of the step after; `nil` for the last.
    public let next: NodeName?
    /// The content, with the first entry of a step and with a late yes to it; empty otherwise, and
    /// where it is too long, there is too much open, or the intake from the asking peer is stopped.
    public let content: [UInt8]
    /// The time after which the saga is given up, with the entries that have a ``content``.
    public let deadline: Timestamp?
    /// At the origin's first entry: SHA-256 of what the client sent.
    public let fingerprint: Hash?
    /// With the fingerprint: the client that sent it.
    public let principal: Principal?
    /// What reserving did, or the late yes to it.
    public let reserving: [Fact]
    /// What confirming or cancelling did.
    public let closing: [Fact]
    /// All that the decision did, in the order in which it was done.
    public var facts: [Fact] { reserving + closing }

    /// Takes the parts as they are; a fold checks them when the entry is applied.
    public init(
        step: StepID, state: StepState, refusal: Refusal? = nil, previous: NodeName?,
        next: NodeName?, content: [UInt8] = [], deadline: Timestamp? = nil,
        fingerprint: Hash? = nil, principal: Principal? = nil, reserving: [Fact] = [],
        closing: [Fact] = []
    ) {
        self.step = step
        self.state = state
        self.refusal = refusal
        self.previous = previous
        self.next = next
        self.content = content
        self.deadline = deadline
        self.fingerprint = fingerprint
        self.principal = principal
        self.reserving = reserving
        self.closing = closing
    }
}

/// An operation outside any saga was applied or refused; either is remembered under its UUID.
public struct OperationDecided<Fact: Hashable & Sendable>: Hashable, Sendable {
    /// The client's UUID, out of the same space as those of sagas.
    public let id: CommandID
    /// SHA-256 of what the client sent.
    public let fingerprint: Hash
    /// The client that sent it first; a repetition by another makes no entry.
    public let principal: Principal
    /// The decision, never judged again: the same UUID gets the same answer.
    public let outcome: Outcome

    /// The result as the log keeps it: a fact to fold, or the first rule that was broken.
    public enum Outcome: Hashable, Sendable {
        case applied(Fact)
        case refused(Refusal)
    }

    /// Takes the parts as they are: nothing is checked.
    public init(id: CommandID, fingerprint: Hash, principal: Principal, outcome: Outcome) {
        self.id = id
        self.fingerprint = fingerprint
        self.principal = principal
        self.outcome = outcome
    }
}

/// A record that failed validation or authentication: it had no effect and blocked nothing.
public struct Quarantined: Hashable, Sendable {
    /// The reason; its raw value stands in logs, snapshots and metrics.
    public enum Cause: String, Hashable, Sendable, CaseIterable {
        /// Not a message at all.
        case unreadable
        /// The code does not fit the secret shared with the sender it names.
        case unauthenticated
        /// The sender it names is not the peer whose topic it was on, or the receiver is another
        /// node.
        case unknownSender
        /// The content's hash is another than the one it names.
        case hashMismatch
        /// The step is not this node's, or not the sender's neighbour.
        case wrongStep
        /// An answer to a question this node did not ask.
        case unexpectedAnswer
        /// An answer that contradicts what was decided before.
        case contradiction
    }

    /// The bytes kept of a record: 4 KiB, so that a stranger cannot fill the log.
    public static var recordBytesMax: Int { 4 * 1024 }

    /// The first check that the record failed.
    public let cause: Cause
    /// The peer whose topic to this node it was read from.
    public let inbox: NodeName
    /// The record's offset in that topic.
    public let offset: Int64
    /// The raw value, cut to ``recordBytesMax``.
    public let record: [UInt8]
    /// The peer whose secret authenticates the record; `nil` where anybody may have written it.
    public let peer: NodeName?

    /// Cuts `record` to ``recordBytesMax``.
    public init(
        cause: Cause, inbox: NodeName, offset: Int64, record: [UInt8], peer: NodeName? = nil
    ) {
        self.cause = cause
        self.inbox = inbox
        self.offset = offset
        self.record = Array(record.prefix(Self.recordBytesMax))
        self.peer = peer
    }
}
