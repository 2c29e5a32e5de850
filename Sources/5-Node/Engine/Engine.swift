import Chain
public import Saga
public import Wire

/// A node's mind: a deterministic state machine. The same inputs at the same times make the same
/// entries, to the byte; it reads no clock, does no I/O and never iterates over a hash table.
///
/// Its memory runs ahead of the disk: ``step(_:now:)`` has already folded what it returns. If the
/// commit fails, the engine is worth nothing and is built again from the log.
public struct Engine<P: WireParticipant>: Sendable {
    /// What it was made with; it stays the same for the engine's life.
    public let configuration: Configuration
    /// The fold of all entries so far, those not yet durable included.
    public private(set) var state: State<P>
    var timers = Timers()
    /// The batch that is being decided.
    var batch: Batch<P.Fact>
    /// The wall clock as decisions see it: deadlines and timers go by it. It never goes back, but
    /// where approvers accept another clock.
    var now: Timestamp
    /// Records read since the cursor was last in a commit.
    private var unrecorded = 0
    /// The cursors that were last in a commit.
    private var recordedInboxes: [NodeName: InboxCursor]
    /// The peers whose cursors have moved since.
    private var movedInboxes: Set<NodeName> = []
    /// Peers' headers that this batch has seen: the newest becomes an entry at its end.
    var witnessed: [NodeName: WitnessedHeader] = [:]

    /// Continues where `state` stands. All questions that are open there are due at once.
    public init(_ configuration: Configuration, state: State<P>) {
        precondition(configuration.node == state.node, "a node continues its own log")
        self.configuration = configuration
        self.state = state
        recordedInboxes = state.inboxes
        now = state.clockFloor
        batch = Batch(time: state.time, timeline: state.timeline)
        for saga in state.sagas where saga.record.open != nil {
            for step in saga.record.steps where !step.state.isTerminal {
                timers.arm(StepID(saga: saga.id, number: step.number), at: now, attempt: 0)
            }
        }
    }

    /// The state that the log holds: ``state`` may have advanced in inboxes since, over records of
    /// which nothing had to be kept.
    public var recorded: State<P> {
        var recorded = state
        recorded.inboxes = recordedInboxes
        return recorded
    }

    /// When ``step(_:now:)`` should be called next, even without inputs.
    public var nextDue: Timestamp? { timers.nextDue }

    /// Decides `inputs` in their order, as many as fit into one commit whatever they are, then
    /// repeats the questions that are due.
    ///
    /// - Parameters:
    ///   - inputs: Of all kinds, in the order in which they arrived. Those that were decided are
    ///     taken out: at least one.
    ///   - wallClock: The wall clock. If it is set back, the engine's time does not advance.
    public mutating func step(
        _ inputs: inout ArraySlice<Input<P>>, now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        startBatch(at: wallClock)
        while batch.hasRoom(besides: witnessed.count, cursors: movedInboxes.count),
            let input = inputs.popFirst()
        {
            handle(input)
        }
        recordWitnesses()
        askAgain(at: now)
        if batch.events.isEmpty, unrecorded >= configuration.limits.inboxAdvanceAfter {
            record(.inboxAdvanced)
        }
        return finish()
    }

    /// Answers what only looks, and lets no time pass: for a node whose clock cannot be trusted.
    ///
    /// - Parameter reads: Inputs that are all `read`.
    public mutating func answer(_ reads: [Input<P>]) -> Batch<P.Fact> {
        batch = Batch(time: state.time, timeline: state.timeline)
        for input in reads {
            guard case .read = input else { preconditionFailure("only reads change nothing") }
            handle(input)
        }
        return batch
    }

    /// The log's first entry: whose it is and who signs it.
    public mutating func open(publicKey: [UInt8], now wallClock: Timestamp) -> Batch<P.Fact> {
        precondition(state.position == .start, "a log is opened once")
        startBatch(at: wallClock)
        record(.nodeOpened(configuration.node, publicKey: publicKey))
        return finish()
    }

    private mutating func handle(_ input: Input<P>) {
        switch input {
        case .begin(let begin, let ticket): reply(handle(begin), to: ticket)
        case .operate(let operate, let ticket): reply(handle(operate), to: ticket)
        case .abandon(let saga, let principal, let ticket):
            reply(abandon(saga, by: principal), to: ticket)
        case .decide(let step, let approved, let principal, let ticket):
            reply(decide(step, approved: approved, by: principal), to: ticket)
        case .deliver(let delivery): take(delivery)
        case .restartInbox(let peer): restartInbox(of: peer)
        case .acceptPeer(let peer, let principal, let ticket):
            reply(accept(peer, by: principal), to: ticket)
        case .setIntake(let peer, let intake, let principal, let ticket):
            reply(setIntake(from: peer, intake, by: principal), to: ticket)
        case .read(let look, let ticket): reply(.value(look(state)), to: ticket)
        }
    }

    private mutating func take(_ delivery: Delivery<P>) {
        // After a restart the shell may hand in again what is folded already.
        let inbox = state.inbox(of: delivery.peer)
        guard delivery.offset > inbox.offset else { return }
        move(
            delivery.peer,
            to: InboxCursor(
                incarnation: inbox.incarnation, offset: delivery.offset,
                recordHash: delivery.recordHash))
        unrecorded += 1
        switch delivery.reading {
        case .authentic(let message, _) where isSuspended(message.sender):
            batch.drop(.suspended(message.sender))
        case .authentic(let message, let content):
            if let cause = receive(message, content, at: now) {
                quarantine(delivery, cause, from: message.sender)
            }
        case .witness(let peer, let header):
            witness(header, of: peer)
        case .irrelevant:
            break
        case .rejected(let cause, let peer):
            quarantine(delivery, cause, from: peer)
        }
    }

    private mutating func restartInbox(of peer: NodeName) {
        record(.inboxRestarted(peer))
        let incarnation = state.inbox(of: peer).incarnation + 1
        move(peer, to: InboxCursor(incarnation: incarnation, offset: -1, recordHash: .zero))
    }

    private mutating func move(_ peer: NodeName, to cursor: InboxCursor) {
        state.inboxes[peer] = cursor
        movedInboxes.insert(peer)
    }

    private mutating func quarantine(
        _ delivery: Delivery<P>, _ cause: Quarantined.Cause, from peer: NodeName?
    ) {
        let letter = Quarantined(
            cause: cause, inbox: delivery.peer, offset: delivery.offset, record: delivery.value,
            peer: peer)
        let source = DeadLetterSource(of: letter)
        let kept = state.deadLetters[source]
        guard kept?.holds(letter) != true else { return batch.drop(.repeated(source)) }
        guard kept?.count ?? 0 < configuration.limits.deadLettersMax(of: source) else {
            return batch.drop(.overBudget(source))
        }
        record(.quarantined(letter))
    }
}

// What the deciding extensions share.
extension Engine {
    mutating func startBatch(at wallClock: Timestamp) {
        now = max(wallClock, now)
        batch = Batch(time: max(now, state.time), timeline: state.timeline)
    }

    mutating func finish() -> Batch<P.Fact> {
        if !batch.events.isEmpty {
            state.time = batch.time
            noteInboxes()
        }
        batch.timeline = state.timeline
        return batch
    }

    /// The cursors go into the commit.
    private mutating func noteInboxes() {
        unrecorded = 0
        for peer in movedInboxes.sorted() {
            let inbox = state.inbox(of: peer)
            batch.inboxes[peer] = inbox
            recordedInboxes[peer] = inbox
        }
        movedInboxes = []
    }

    mutating func reply(_ reply: Reply, to ticket: Ticket) {
        batch.outputs.append(.reply(ticket, reply))
    }

    mutating func send(_ message: Message) {
        batch.outputs.append(.send(message))
    }

    /// Folds an event into memory and puts it into the batch.
    mutating func record(_ event: Event<P.Fact>) {
        let addressee = state.addressee(of: event)
        do throws(FoldFault) {
            try state.apply(event)
        } catch {
            doesNotAddUp(error)
        }
        batch.add(event, Event.encode(event, to: addressee, for: P.self))
    }

    /// Carries a decision out, remembers it and puts it into the batch.
    mutating func record(_ decision: Decision<P.Fact>) {
        do throws(FoldFault) {
            let closing = try state.carryOut(
                decision.step, becomes: decision.state, reserving: decision.reserving)
            let decided = decision.decided(closing: closing)
            try state.remember(decided)
            let event = Event.stepDecided(decided)
            let addressee = state.addressee(of: event)
            state.advance(over: event)
            batch.add(event, Event.encode(event, to: addressee, for: P.self))
        } catch {
            doesNotAddUp(error)
        }
        schedule(decision.step)
    }

    /// What the engine itself decided always adds up; if not, it is the engine that is wrong, and
    /// nothing of this batch may reach the log.
    private func doesNotAddUp(_ fault: FoldFault) -> Never {
        preconditionFailure("the engine decided what does not add up: \(fault)")
    }
}

/// A decision about a step before it is carried out: what it does on closing is not known yet.
struct Decision<Fact: Hashable & Sendable> {
    var step: StepID
    var state: StepState
    var refusal: Refusal?
    var previous: NodeName?
    var next: NodeName?
    var content: [UInt8] = []
    var deadline: Timestamp?
    var fingerprint: Hash?
    var principal: Principal?
    var reserving: [Fact] = []

    func decided(closing: [Fact]) -> StepDecided<Fact> {
        StepDecided(
            step: step, state: state, refusal: refusal, previous: previous, next: next,
            content: content, deadline: deadline, fingerprint: fingerprint, principal: principal,
            reserving: reserving, closing: closing)
    }
}
