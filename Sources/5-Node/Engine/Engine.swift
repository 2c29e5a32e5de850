import Chain
import Links
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
    /// The batch that is being decided, and what its entries say of the commit.
    var batch: Batch<P.Fact>
    var marks: CommitMarks
    /// The wall clock as decisions see it: deadlines and timers go by it. It never goes back, but
    /// where approvers accept another clock.
    var now: Timestamp
    /// Records read since the cursor was last in a commit.
    private var unrecorded = 0
    /// The cursors that were last in a commit.
    private var recordedInboxes: [NodeName: Int64]
    /// The peers whose cursors have moved since.
    private var movedInboxes: Set<NodeName> = []
    /// What the state has of peers' logs, with what no entry says, and ahead of it within a batch.
    var links: [NodeName: LinkInbox]
    /// How far peers were taken in this batch: the entries that say so are its last.
    var reads: [NodeName: LinkReading] = [:]
    /// The peers of which nothing further fits into this batch, since an entry that has to stand
    /// behind their `read`, or before it, is there.
    var finished: Set<NodeName> = []
    /// By peer, the newest excerpt that shows a timeline under a key that does not count: perhaps
    /// people know the key.
    var underOtherKey: [NodeName: Excerpt] = [:]

    /// Continues where `state` stands. All questions to the outside that are open there are due at
    /// once.
    public init(_ configuration: Configuration, state: State<P>) {
        precondition(configuration.node == state.node, "a node continues its own log")
        self.configuration = configuration
        self.state = state
        recordedInboxes = state.inboxes
        links = state.links
        now = state.clockFloor
        batch = Batch(time: state.time, timeline: state.timelineNumber)
        marks = CommitMarks(after: state.position, at: state.time)
        for step in state.findOpenSteps(where: { $0.state == .deciding }) {
            timers.arm(step, at: now, attempt: 0)
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
    public var nextDue: Timestamp? {
        state.forgetting.isEmpty && state.repeating.isEmpty ? timers.nextDue : .distantPast
    }

    /// Decides `inputs` in their order, as many as fit into one commit whatever they are, then
    /// retries the questions to the outside that are due.
    ///
    /// - Parameters:
    ///   - inputs: Of all kinds, in the order in which they arrived. Those that were decided are
    ///     taken out: at least one, unless the first is a record that shows more than fits into a
    ///     commit, or steps that a loss took away are still to be forgotten. Then the batch has
    ///     entries, and the rest is decided by the next ones.
    ///   - wallClock: The wall clock. If it is set back, the engine's time does not advance.
    public mutating func step(
        _ inputs: inout ArraySlice<Input<P>>, now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        startBatch(at: wallClock)
        forgetSteps()
        if state.forgetting.isEmpty {
            repeatReserved()
            while hasRoom(), let input = inputs.first, !hasToWait(input), handle(input) {
                _ = inputs.popFirst()
            }
            recordReads()
            askAgain(at: now)
        }
        if batch.events.isEmpty, unrecorded >= configuration.limits.inboxAdvanceAfter {
            record(.inboxAdvanced)
        }
        return finish()
    }

    /// Answers what only looks, and lets no time pass: for a node whose clock cannot be trusted.
    ///
    /// - Parameter reads: Inputs that are all `read`.
    public mutating func answer(_ reads: [Input<P>]) -> Batch<P.Fact> {
        batch = Batch(time: state.time, timeline: state.timelineNumber)
        for input in reads {
            guard case .read(let look, let ticket) = input else {
                preconditionFailure("only reads change nothing")
            }
            reply(.value(look(state)), to: ticket)
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

    /// - Returns: Whether the whole input was decided.
    private mutating func handle(_ input: Input<P>) -> Bool {
        switch input {
        case .begin(let begin, let ticket): reply(handle(begin), to: ticket)
        case .operate(let operate, let ticket): reply(handle(operate), to: ticket)
        case .abandon(let saga, let principal, let ticket):
            reply(abandon(saga, by: principal), to: ticket)
        case .decide(let step, let approved, let principal, let ticket):
            reply(decide(step, approved: approved, by: principal), to: ticket)
        case .deliver(let delivery): return take(delivery)
        case .setIntake(let peer, let intake, let principal, let ticket):
            reply(setIntake(from: peer, intake, by: principal), to: ticket)
        case .comparePeerKey(let peer, let key, let principal, let ticket):
            reply(compare(key, of: peer, by: principal), to: ticket)
        case .acceptPeer(let peer, let key, let principal, let ticket):
            reply(accept(peer, under: key, by: principal), to: ticket)
        case .read(let look, let ticket): reply(.value(look(state)), to: ticket)
        }
        return true
    }

    /// Whether an input needs another batch than this one.
    private func hasToWait(_ input: Input<P>) -> Bool {
        switch input {
        case .deliver(let delivery): finished.contains(delivery.peer)
        case .comparePeerKey(let peer, _, _, _), .acceptPeer(let peer, _, _, _):
            finished.contains(peer) || reads[peer] != nil
        case .begin, .operate, .abandon, .decide, .setIntake, .read: false
        }
    }

    private mutating func take(_ delivery: Delivery) -> Bool {
        guard look(at: delivery) else { return false }
        // It may lie before the last one: a topic that was made again is read from its beginning,
        // and a start may hand in again what is folded already. Numbers make that harmless.
        state.inboxes[delivery.peer] = delivery.offset
        movedInboxes.insert(delivery.peer)
        unrecorded += 1
        return true
    }
}

/// How far a peer was taken, until the entry that says so is written.
struct LinkReading: Sendable {
    let read: Read
    let header: WitnessedHeader
}

// What the deciding extensions share.
extension Engine {
    mutating func startBatch(at wallClock: Timestamp) {
        now = max(wallClock, now)
        batch = Batch(time: max(now, state.time), timeline: state.timelineNumber)
        marks = CommitMarks(after: state.position, at: batch.time)
        finished = []
    }

    mutating func finish() -> Batch<P.Fact> {
        if !batch.events.isEmpty {
            do throws(FoldFault) {
                try marks.checkEnd(peerCount: state.links.count)
            } catch {
                doesNotAddUp(error)
            }
            precondition(
                finished.allSatisfy { links[$0]?.recorded == state.links[$0] },
                "what is known of a peer's log has to follow from the own log")
            state.time = batch.time
            noteInboxes()
        }
        batch.timeline = state.timelineNumber
        return batch
    }

    /// The cursors go into the commit.
    private mutating func noteInboxes() {
        unrecorded = 0
        for peer in movedInboxes.sorted() {
            let offset = state.inbox(of: peer)
            batch.inboxes[peer] = offset
            recordedInboxes[peer] = offset
        }
        movedInboxes = []
    }

    /// Whether further entries fit into the commit: by default those of another input, whatever
    /// that is.
    func hasRoom(for bytes: Int = Batch<P.Fact>.inputBytesMax) -> Bool {
        batch.hasRoom(for: bytes, besides: reads.count, cursors: movedInboxes.count)
    }

    mutating func reply(_ reply: Reply, to ticket: Ticket) {
        batch.outputs.append(.reply(ticket, reply))
    }

    /// Folds an event into memory and puts it into the batch.
    mutating func record(_ event: Event<P.Fact>) {
        let addressee = state.addressee(of: event)
        do throws(FoldFault) {
            try state.apply(event, &marks)
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
            try state.advance(over: event, &marks)
            batch.add(event, Event.encode(event, to: addressee, for: P.self))
        } catch {
            doesNotAddUp(error)
        }
        schedule(decision.step)
        passAbandonOn()
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
