public import Links
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
    /// By peer, the offset of the last record of its topic to this node that was taken in.
    public internal(set) var inboxes: [NodeName: Int64] = [:]
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
    public internal(set) var deadLetters: [DeadLetterSource: Int] = [:]
    /// What this node knows of the log of each peer whose key people have compared.
    public internal(set) var links: [NodeName: LinkInbox] = [:]
    /// By peer, the number of the newest entry for it.
    public internal(set) var given: [NodeName: UInt64] = [:]
    /// By peer, the positions of the numbered entries for it that it has not acknowledged, oldest
    /// first: a relay that starts again needs no other memory. A peer that ``given`` names is here.
    public internal(set) var waiting: [NodeName: [Position]] = [:]
    /// By peer, the position of the own newest `read` for it: what a relay says again.
    public internal(set) var reads: [NodeName: Position] = [:]
    /// By peer, where the timelines of this log began that it was shown, the newest
    /// `NewTimeline.earlierMax` of them, oldest first.
    public internal(set) var beginnings: [NodeName: [NewTimeline.Beginning]] = [:]
    /// By peer, the reserved steps that are still to be said again to it, since one of the two logs
    /// lost its end: there may be more of them than fit into one commit. None is empty.
    public internal(set) var repeating: [NodeName: Set<StepID>] = [:]
    /// The steps that count as never heard of, and whose holds are still to be given back, since
    /// this log lost its end. Nothing of a saga is decided before there are none.
    public internal(set) var forgetting: Set<StepID> = []
    /// The branch of the log's history: approvers started it after the log had lost its end; `nil`
    /// for the first.
    public internal(set) var timeline: TimelineName?
    /// The entry that started `timeline`; `Position.start` in the first.
    public internal(set) var timelineStart = Position.start
    /// The time of that entry's commit; 0 in the first timeline.
    public internal(set) var timelineTime = Timestamp(milliseconds: 0)
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

    /// The number of the timeline, as commits name it; 0 for the first.
    public var timelineNumber: UInt64 { timeline?.number ?? 0 }

    /// The offset of the last record of the peer's topic to this node that was taken in; -1 for
    /// none.
    public func inbox(of peer: NodeName) -> Int64 { inboxes[peer] ?? -1 }

    /// Whether nothing of the peer counts until people accept its new timeline, or one of the two
    /// logs is restored.
    public func isSuspended(_ peer: NodeName) -> Bool { links[peer]?.suspension != nil }

    /// Whether new steps are taken from the peer.
    public func intake(from peer: NodeName) -> Intake {
        stoppedPeers.contains(peer) ? .stopped : .open
    }

    /// How a step stands; `unknown` for one never heard of.
    public func stepState(_ step: StepID) -> StepState { record(of: step)?.state ?? .unknown }

    /// What is remembered of a step; `nil` for one never heard of.
    public func record(of step: StepID) -> StepRecord? { self[step.saga]?.step(step.number) }
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

    /// The open steps of which something holds, in no order.
    ///
    /// - Complexity: Looks at everything that was ever used here: for what follows a loss.
    func findOpenSteps(where holds: (StepRecord) -> Bool) -> [StepID] {
        var found: [StepID] = []
        for (id, command) in commands {
            for saga in command.sagas where saga.open != nil {
                for step in saga.steps where step.isOpen && holds(step) {
                    let name = SagaID(id, contentHash: saga.contentHash)
                    found.append(StepID(saga: name, number: step.number))
                }
            }
        }
        return found
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
