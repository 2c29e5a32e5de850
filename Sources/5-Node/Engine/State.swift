public import Chain
public import Saga
public import Wire

/// All that a node knows: a fold of its log and nothing else.
public struct State<P: WireParticipant>: Equatable, Sendable {
    /// The node whose log is folded.
    public let node: NodeName
    /// The key that signs the log; empty before the first entry.
    public internal(set) var publicKey: [UInt8] = []
    /// The newest entry folded in.
    public internal(set) var position = Position.start
    /// The newest commit's time. It never goes back.
    public internal(set) var time = Timestamp(milliseconds: 0)
    /// The newest inbox record taken in, as commits' headers keep it.
    public internal(set) var inbox = InboxCursor.start
    /// The bank's ledger, or the other system that takes part in sagas here.
    public internal(set) var participant: P
    /// Everything a UUID was ever used for here.
    public internal(set) var sagas: [SagaID: SagaRecord] = [:]
    /// How many of `sagas` have an open step.
    public internal(set) var openSagas = 0
    /// How many steps of `sagas` are open, by their state.
    public internal(set) var openSteps = OpenSteps()
    /// Dead letters that are kept, of all sources.
    public internal(set) var quarantined = 0
    /// The same by their source.
    public internal(set) var deadLetters: [DeadLetterSource: DeadLetters] = [:]
    /// What this node has seen of its peers' logs.
    public internal(set) var peers: [NodeName: PeerHistory] = [:]
    /// The number of times that approvers continued the log after it had lost its end.
    public internal(set) var timeline: UInt64 = 0
    /// The entry that started `timeline`; `Position.start` in the first.
    public internal(set) var timelineStart = Position.start
    /// The newest wall clock that approvers accepted; `nil` where none ever was.
    public internal(set) var clockAcceptance: AcceptedClock?

    /// Starts before the first entry; `participant` has to be empty, as the log's first facts found
    /// it.
    public init(node: NodeName, participant: P) {
        self.node = node
        self.participant = participant
    }

    /// What the wall clock can be expected to have reached: the newest commit's time, or, while
    /// commit times do not advance after a clock that was ahead, the time that approvers accepted.
    public var clockFloor: Timestamp {
        guard let accepted = clockAcceptance, time <= accepted.logTime else { return time }
        return accepted.wallTime
    }

    /// How a step stands; `unknown` for one never heard of.
    public func stepState(_ step: StepID) -> StepState {
        sagas[step.saga]?.step(step.number)?.state ?? .unknown
    }
}

/// Numbers of a node's open steps.
public struct OpenSteps: Hashable, Sendable {
    /// Steps whose decision is pending.
    public private(set) var deciding = 0
    /// Steps that wait for the next one.
    public private(set) var reserved = 0

    /// Takes a step's new state in, which for a new step was `unknown` before.
    mutating func count(_ before: StepState, becomes after: StepState) {
        deciding += (after == .deciding ? 1 : 0) - (before == .deciding ? 1 : 0)
        reserved += (after == .reserved ? 1 : 0) - (before == .reserved ? 1 : 0)
    }
}

/// Two approvers said that a wall clock was right.
public struct AcceptedClock: Hashable, Sendable {
    /// What it showed then.
    public let wallTime: Timestamp
    /// The newest commit's time then, or `wallTime` where that was later. Commit times stand
    /// still here until the wall clock has passed it.
    public let logTime: Timestamp
}

/// What a node remembers of one UUID, permanently.
public struct SagaRecord: Hashable, Sendable {
    /// SHA-256 of what the client sent; `nil` where a peer's message came first.
    public internal(set) var fingerprint: Hash?
    /// `nil` for an operation.
    public internal(set) var contentHash: Hash?
    /// While a step is open: what its questions and timers need.
    public internal(set) var open: OpenContent?
    /// A client has asked for the saga to be abandoned, and this is recorded.
    public internal(set) var isAbandonRequested = false
    /// Why the operation was refused.
    public internal(set) var operationRefusal: Refusal?
    /// This node's steps, in the order of first hearing; hardly ever more than one.
    public internal(set) var steps: [StepRecord] = []

    /// The content of a saga with an open step, dropped once all steps are closed.
    public struct OpenContent: Hashable, Sendable {
        /// The content as its origin encoded it.
        public let bytes: [UInt8]
        /// The time after which the saga is abandoned by itself.
        public let deadline: Timestamp
    }

    /// This node's step `number`; `nil` where it has none or never heard of it.
    public func step(_ number: Int) -> StepRecord? {
        steps.first { $0.number == number }
    }

    var isOpen: Bool { steps.contains { !$0.state.isTerminal } }

    /// The answer to the first command or message of this UUID.
    public var firstAnswer: Verdict.FirstAnswer {
        if let operationRefusal { return .refused(operationRefusal) }
        guard let first = steps.first, let refusal = first.refusal, !first.wasReserved else {
            return .applied
        }
        return .refused(refusal)
    }
}

/// How one of this node's steps stands.
public struct StepRecord: Hashable, Sendable {
    /// The step's place in the itinerary, from 0.
    public let number: Int
    /// The newest state, as the log has it.
    public internal(set) var state: StepState
    /// Why, once it is cancelled.
    public internal(set) var refusal: Refusal?
    /// The owner of the step before; `nil` for the origin's.
    public let previous: NodeName?
    /// The owner of the step after; `nil` for the last.
    public let next: NodeName?
    /// It held something at some time: a cancelled step was released, not refused.
    public internal(set) var wasReserved: Bool
    /// The late answer to a step that was `deciding`; `nil` for one that has none, which a step
    /// that never was `deciding` never gets. What the steps after it do leaves it as it is.
    public internal(set) var wasApproved: Bool?
}
