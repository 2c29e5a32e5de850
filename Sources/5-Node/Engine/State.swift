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
    /// By peer, the newest record of its topic to this node that was taken in.
    public internal(set) var inboxes: [NodeName: InboxCursor] = [:]
    /// The bank's ledger, or the other system that takes part in sagas here.
    public internal(set) var participant: P
    /// Everything a UUID was ever used for here.
    public internal(set) var commands: [CommandID: CommandRecord] = [:]
    /// How many of ``sagas`` have an open step.
    public internal(set) var openSagas = 0
    /// How many steps of ``sagas`` are open, by their state.
    public internal(set) var openSteps = OpenSteps()
    /// The same by those that they take room of.
    public internal(set) var openShares = OpenShares()
    /// Dead letters that are kept, of all sources.
    public internal(set) var quarantined = 0
    /// The same by their source.
    public internal(set) var deadLetters: [DeadLetterSource: DeadLetters] = [:]
    /// By peer, the number of the newest entry for it.
    public internal(set) var given: [NodeName: UInt64] = [:]
    /// What this node has seen of its peers' logs.
    public internal(set) var peers: [NodeName: PeerHistory] = [:]
    /// The number of times that approvers continued the log after it had lost its end.
    public internal(set) var timeline: UInt64 = 0
    /// The entry that started `timeline`; `Position.start` in the first.
    public internal(set) var timelineStart = Position.start
    /// The newest wall clock that approvers accepted; `nil` where none ever was.
    public internal(set) var clockAcceptance: AcceptedClock?
    /// The peers that operators take no new steps from. One that is no peer any more stays here
    /// until it is one again, and its intake is opened.
    public internal(set) var stoppedPeers: Set<NodeName> = []

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

    /// The newest record of the peer's topic to this node that was taken in.
    public func inbox(of peer: NodeName) -> InboxCursor { inboxes[peer] ?? .start }

    /// Whether new steps are taken from the peer.
    public func intake(from peer: NodeName) -> Intake {
        stoppedPeers.contains(peer) ? .stopped : .open
    }

    /// How a step stands; `unknown` for one never heard of.
    public func stepState(_ step: StepID) -> StepState {
        self[step.saga]?.step(step.number)?.state ?? .unknown
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

// MARK: - Sagas

extension State {
    /// The saga of that name; `nil` where it has no step here.
    public internal(set) subscript(saga: SagaID) -> SagaRecord? {
        get { commands[saga.command]?[saga.contentHash] }
        set { commands[saga.command, default: CommandRecord()][saga.contentHash] = newValue }
    }

    /// All sagas that have a step here, in no order.
    ///
    /// - Complexity: Makes an array of them.
    public var sagas: [(id: SagaID, record: SagaRecord)] {
        commands.flatMap { id, command in
            command.sagas.map { (SagaID(id, contentHash: $0.contentHash), $0) }
        }
    }

    /// The saga that a client began here under that UUID.
    public func saga(begunBy id: CommandID) -> SagaID? {
        commands[id]?.command?.begun.map { SagaID(id, contentHash: $0) }
    }

    /// The sagas that a UUID means here: the one that began here, or else all that have it, the
    /// first of them first.
    ///
    /// - Parameters:
    ///   - id: The UUID.
    ///   - max: How many are wanted at most, 1 or more.
    public func sagas(named id: CommandID, max: Int) -> [SagaRecord] {
        if let begun = saga(begunBy: id), let record = self[begun] { return [record] }
        return commands[id]?.sagas(max: max) ?? []
    }

    /// The answer to the first command of a client here under that UUID; `nil` for no command.
    public func firstAnswer(to id: CommandID) -> Verdict.FirstAnswer? {
        guard let command = commands[id]?.command else { return nil }
        if let refusal = command.operationRefusal { return .refused(refusal) }
        guard let begun = saga(begunBy: id), let first = self[begun]?.step(0),
            let refusal = first.refusal, !first.wasReserved
        else { return .applied }
        return .refused(refusal)
    }
}
