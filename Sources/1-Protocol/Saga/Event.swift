/// What an entry of a node's log says. Everything a node remembers is a fold of these.
public enum Event<Fact: Hashable & Sendable>: Hashable, Sendable {
    case stepDecided(StepDecided<Fact>)
    /// What was decided of a step is said again to a neighbour: it changes nothing here.
    case stepRepeated(StepRepeated)
    case abandonRequested(AbandonRequested)
    case operationDecided(OperationDecided<Fact>)
    /// How far a peer's entries were taken, and the newest of its headers with them, as the peer
    /// signed it.
    case read(Read, of: NodeName, header: SignedHeader)
    /// The peer has said which key signs its next commits.
    case peerKeyTaken(NodeName, publicKey: [UInt8])
    /// Nothing of the peer counts any more, until people accept its new timeline, or that both logs
    /// are whole again.
    case peerSuspended(NodeName, PeerSuspicion)
    /// The peer's new timeline is accepted: by people, or by the node itself where it had taken
    /// nothing of what the peer lost.
    case peerAccepted(NodeName, Accepted, by: Principal?)
    /// People of both sides have compared the key that signs the peer's log. Of a peer that denied
    /// a log it says too that both are whole again.
    case peerKeyCompared(NodeName, publicKey: [UInt8], by: Principal)
    /// The peer has accepted the own newest timeline.
    case peerAnswered(NodeName)
    case quarantined(Quarantined)
    /// What was read of peers' topics changed nothing; how far that is stands in the commit.
    case inboxAdvanced
    /// The first entry of a log: whose it is and who signs it.
    case nodeOpened(NodeName, publicKey: [UInt8])
    /// Two approvers accept that the log was longer once, and start a new timeline.
    case timelineStarted(TimelineName, by: Principal, approvers: [String])
    /// The new timeline is shown to a peer, in the commit that begins it.
    case timelineShown(NewTimeline, to: NodeName)
    /// From the next commit on this key signs the log; the commit that says so, the old one.
    case keyRotated(publicKey: [UInt8], by: Principal)
    /// The new key is shown to a peer, in the commit that names it.
    case keyShown(publicKey: [UInt8], to: NodeName)
    /// A step that was being decided when the end of the log was lost counts as never heard of:
    /// what was lost may have decided it. The facts give back what it held.
    case stepForgotten(StepID, facts: [Fact])
    /// Two approvers say that the wall clock shows the right time, although the log's newest
    /// commit, or the boot clock, says otherwise.
    case clockAccepted(Timestamp, by: Principal, approvers: [String])
    /// An operator stops taking new steps from a peer, or takes them again.
    case intakeSet(from: NodeName, Intake, by: Principal)

    /// The UUID whose stream the entry belongs to; `nil` for the node's own housekeeping.
    public var saga: CommandID? {
        switch self {
        case .stepDecided(let decided): decided.step.saga.command
        case .stepRepeated(let repeated): repeated.step.saga.command
        case .abandonRequested(let request): request.step.saga.command
        case .stepForgotten(let step, _): step.saga.command
        case .operationDecided(let decided): decided.id
        default: nil
        }
    }

    /// The one who decided it; `nil` for what follows from entries of peers, time or the log
    /// itself.
    ///
    /// No rule of the protocol or of a participant reads it. A state keeps only that of the client
    /// that began a saga here, while the saga is open: it takes room of the client's share.
    public var principal: Principal? {
        switch self {
        case .stepDecided(let decided): decided.principal
        case .abandonRequested(let request): request.principal
        case .operationDecided(let decided): decided.principal
        case .peerAccepted(_, _, let principal): principal
        case .peerKeyCompared(_, _, let principal), .timelineStarted(_, let principal, _),
            .keyRotated(_, let principal), .clockAccepted(_, let principal, _),
            .intakeSet(_, _, let principal):
            principal
        default: nil
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
/// the itinerary to know whom it is shown to, without any other entry.
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
    /// The content, with the first entry of a step and with a late yes to it; empty otherwise,
    /// where it is too long, and where a step that a peer asked for is refused.
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

/// What was decided of a step, said once more: because a neighbour does not know it any more, or
/// the own log lost its end.
public struct StepRepeated: Hashable, Sendable {
    /// The step, always one of the node that wrote the entry.
    public let step: StepID
    /// ``StepState/reserved``, for the step after; ``StepState/confirmed`` or
    /// ``StepState/cancelled``, for the step before.
    public let state: StepState
    /// Why, where `state` is `cancelled`.
    public let refusal: Refusal?
    /// The owner of the step that learns it.
    public let neighbour: NodeName
    /// The content, with `reserved`.
    public let content: [UInt8]
    /// The saga's deadline, with `reserved`.
    public let deadline: Timestamp?

    /// Takes the parts as they are; a fold checks them when the entry is applied.
    public init(
        step: StepID, state: StepState, refusal: Refusal? = nil, neighbour: NodeName,
        content: [UInt8] = [], deadline: Timestamp? = nil
    ) {
        self.step = step
        self.state = state
        self.refusal = refusal
        self.neighbour = neighbour
        self.content = content
        self.deadline = deadline
    }
}

/// A saga is to be given up: the client asked for it where the saga began, or the step before did.
public struct AbandonRequested: Hashable, Sendable {
    /// The step, always one of the node that wrote the entry.
    public let step: StepID
    /// The owner of the step after, which is asked; `nil` while this step is still being decided.
    public let next: NodeName?
    /// The client; `nil` where the step before asked, and where it is passed on later.
    public let principal: Principal?

    /// Takes the parts as they are; a fold checks them when the entry is applied.
    public init(step: StepID, next: NodeName?, principal: Principal?) {
        self.step = step
        self.next = next
        self.principal = principal
    }
}

/// Why nothing of a peer counts.
public enum PeerSuspicion: Hashable, Sendable {
    /// The peer began a timeline before a header that was taken. With the number of the entry that
    /// says so, and the header that it was shown under.
    case forked(NewTimeline, number: UInt64, header: SignedHeader)
    /// What the peer signed denies this node's log or its own: one of the two was rewound.
    case denied(Denial, header: SignedHeader)
}

/// A signed statement that cannot be true of two logs of which neither was rewound.
public enum Denial: String, Hashable, Sendable, CaseIterable {
    /// A `read` acknowledges less than one before it.
    case goesBack
    /// A `read` acknowledges a number that was never given.
    case unknownNumber
    /// A `read` names a header that the own log lacks.
    case unknownHeader
    /// A `read` says that this node acknowledged what it has not taken.
    case unknownAcknowledgment
    /// Two headers of one timeline are in no common history.
    case contradiction
}

/// A peer's entry that was taken and had no effect: proved to stand in the peer's log, and refused.
public struct Quarantined: Hashable, Sendable {
    /// The reason; its raw value stands in logs, snapshots and metrics.
    public enum Cause: String, Hashable, Sendable, CaseIterable {
        /// This version cannot read it.
        case unreadable
        /// The step is not this node's, or not the sender's neighbour.
        case wrongStep
        /// An answer to a question this node did not ask.
        case unexpectedAnswer
        /// An answer that contradicts what was decided before.
        case contradiction
    }

    /// The bytes kept of an entry: 4 KiB, so that a peer cannot fill the log.
    public static var shownBytesMax: Int { 4 * 1024 }

    /// The first check that the entry failed.
    public let cause: Cause
    /// The node whose entry it is.
    public let peer: NodeName
    /// The entry's number among those for this node.
    public let number: UInt64
    /// What the entry shows, cut to ``shownBytesMax``.
    public let shown: [UInt8]

    /// Cuts `shown` to ``shownBytesMax``.
    public init(cause: Cause, peer: NodeName, number: UInt64, shown: [UInt8]) {
        self.cause = cause
        self.peer = peer
        self.number = number
        self.shown = Array(shown.prefix(Self.shownBytesMax))
    }
}
