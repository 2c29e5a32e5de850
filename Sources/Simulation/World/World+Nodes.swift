import Engine
import EventLog
import Saga
import Wire

// The shell around an engine: opening, deciding, appending, releasing, and dying.
extension World {
    /// Opens a node's log for writing and folds it, as every start does.
    func open(_ node: SimulatedNode) throws(Violation) {
        guard let head = try? node.log.takeOver(from: node.log.head.epoch) else {
            throw Violation("DenseLog", "\(node.name) cannot take over its own log")
        }
        var state = try recover(node, head)
        try observe(.recovered(node: node.index, state, epoch: head.epoch))
        var end = head
        if head.position == .start {
            var engine = Engine(node.configuration, state: state)
            let batch = engine.open(
                publicKey: node.key.publicKey.bytes, now: node.clock(at: schedule.now))
            let commit = batch.sealed(after: head, by: node.name, key: node.key, for: Bank.self)
            guard try write(commit, node) else { return reopen(node) }
            end = Head(position: commit.header.last, commitHash: commit.hash, epoch: head.epoch)
            state = engine.state
        }
        let cursor = mutation == .cursorBeforeEffect ? node.lastRead : nil
        let session = Session(
            mind: Mind(Engine(node.configuration, state: state), mutation: mutation), head: end,
            relay: SimulatedRelay(head: end.position),
            inbox: SimulatedInbox(cursor: cursor ?? state.inbox))
        node.session = session
        readSoon(node, session)
        relaySoon(node, session)
        wake(node, session)
    }

    /// The newest snapshot and the tail after it; from the beginning where there is none.
    private func recover(_ node: SimulatedNode, _ head: Head) throws(Violation) -> State<Bank> {
        do {
            var recovery =
                if let snapshot = node.log.newestSnapshot {
                    try Recovery<Bank>(
                        node: node.name, snapshot: snapshot, key: node.key.publicKey)
                } else {
                    Recovery(
                        node: node.name, participant: Bank(node: node.name),
                        key: node.key.publicKey)
                }
            var tail = node.log.commits(after: recovery.end.position, entriesMax: .max)
            if mutation == .recoveryStopsShort { tail = tail.dropLast() }
            for commit in tail { try recovery.fold(commit) }
            guard mutation == .recoveryStopsShort || recovery.end.position == head.position,
                mutation == .recoveryStopsShort || recovery.end.commitHash == head.commitHash
            else { throw Violation("DenseLog", "\(node.name)'s log ends elsewhere than its head") }
            return recovery.state
        } catch let violation as Violation {
            throw violation
        } catch {
            throw Violation("ReplayEqualsLive", "\(node.name) cannot be recovered: \(error)")
        }
    }

    func decideSoon(_ node: SimulatedNode, _ session: Session) {
        guard !session.isDeciding, session.inFlight.count < Session.commitsInFlightMax else {
            return
        }
        session.isDeciding = true
        schedule.add(
            .decide(node: node.index, life: node.life), after: dice.number(500...25_000))
    }

    /// Schedules the next moment at which a timer is due.
    private func wake(_ node: SimulatedNode, _ session: Session) {
        guard let due = session.mind.nextDue else { return }
        let delay = max(node.wait(until: due, from: schedule.now), 1_000)
        guard schedule.now + delay < session.wakesAt else { return }
        session.wakesAt = schedule.now + delay
        schedule.add(.wake(node: node.index, life: node.life), after: delay)
    }

    /// Decides what has queued, and seals it.
    func decide(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        session.isDeciding = false
        let inputs = session.takeInputs()
        coverage.count(inputs, session.mind.state)
        let before = session.head
        let (batch, outputs) = session.mind.step(inputs, now: node.clock(at: schedule.now))
        counts.dropped += batch.dropped
        wake(node, session)
        if !session.inputs.isEmpty { decideSoon(node, session) }
        guard !batch.events.isEmpty || !outputs.isEmpty else { return }
        var outgoing: Outgoing?
        if !batch.events.isEmpty {
            let commit = batch.sealed(
                after: before, by: node.name, key: node.key, for: Bank.self)
            session.head = Head(
                position: commit.header.last, commitHash: commit.hash, epoch: before.epoch)
            outgoing = Outgoing(commit, batch.events)
        }
        var pending = Pending(
            outgoing: outgoing, outputs: outputs, restsOn: session.head.position,
            snapshot: outgoing == nil ? nil : snapshot(node, session, before))
        try releaseEarly(&pending, node, session)
        session.inFlight.append(pending)
        if session.inFlight.count == 1 { appendSoon(node) }
    }

    /// A snapshot of the state as it is now, now and then.
    private func snapshot(
        _ node: SimulatedNode, _ session: Session, _ before: Head
    ) -> Snapshot? {
        guard session.head.position.number - session.lastSnapshot.number >= snapshotEvery else {
            return nil
        }
        session.lastSnapshot = session.head.position
        let state = session.mind.state.encoded()
        if mutation == .snapshotTooFar {
            return .tooFar(state, labelled: before, key: node.key)
        }
        return .seal(
            position: session.head.position, commitHash: session.head.commitHash, state: state,
            key: node.key)
    }

    private func appendSoon(_ node: SimulatedNode) {
        schedule.add(
            .append(node: node.index, life: node.life), after: dice.number(1_000...30_000))
    }

    /// Makes the oldest batch in flight durable, and then releases what follows from it.
    func append(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        guard let pending = session.inFlight.first else { return }
        if let commit = pending.outgoing?.commit {
            guard try append(commit, node) else { return reopen(node) }
            guard !dice.chance(faults.crash) else { return crash(node) }
        }
        session.inFlight.removeFirst()
        try release(pending, node, session)
        if let snapshot = pending.snapshot, !dice.chance(faults.crash * 10) {
            node.log.save(snapshot)
        }
        if !session.inFlight.isEmpty {
            appendSoon(node)
        } else if dice.chance(20) {
            try checkRest(of: node)
        }
        decideSoon(node, session)
    }

    /// - Returns: Whether the commit is known to be durable.
    private func append(_ commit: Commit, _ node: SimulatedNode) throws(Violation) -> Bool {
        if dice.chance(faults.appendFailed) {
            counts.appendsFailed += 1
            return false
        }
        guard dice.chance(faults.appendUnknown) else { return try write(commit, node) }
        counts.appendsUnknown += 1
        switch dice.index(below: 3) {
        case 0: break
        case 1: _ = try write(commit, node)
        default:
            schedule.add(
                .lateAppend(node: node.index, commit), after: dice.number(0...400_000))
        }
        return mutation == .unknownOutcomeTrusted
    }

    /// - Returns: Whether the log took it.
    private func write(_ commit: Commit, _ node: SimulatedNode) throws(Violation) -> Bool {
        if mutation == .diskForgets { node.logBefore = node.log }
        do throws(LogError) {
            try node.log.append(commit)
        } catch {
            return false
        }
        counts.commits += 1
        counts.entries += commit.entries.count
        let events: [Event<Bank.Fact>]
        do throws(WireError) {
            events = try commit.events(for: Bank.self)
        } catch {
            throw Violation("DenseLog", "\(node.name)'s log cannot be read: \(error)")
        }
        try observe(.appended(node: node.index, commit, events))
        try truth.fold(commit, events, of: node.index)
        counts.count(events)
        coverage.count(events)
        try observe(.folded(node: node.index, commit, events))
        return true
    }

    /// An append whose answer never came reaches the disk: as long as nobody has taken the log
    /// over, it is appended.
    func appendLate(_ commit: Commit, _ node: SimulatedNode) throws(Violation) {
        _ = try write(commit, node)
    }

    func crash(_ node: SimulatedNode) {
        counts.crashes += 1
        if mutation == .diskForgets, node.logBefore.head != .empty { node.log = node.logBefore }
        die(node, for: dice.number(50_000...8_000_000))
    }

    /// Fail-stop: whatever went wrong, the log is opened again.
    private func reopen(_ node: SimulatedNode) {
        die(node, for: dice.number(10_000...300_000))
    }

    private func die(_ node: SimulatedNode, for pause: Int64) {
        node.lastRead = node.session?.inbox.cursor
        node.session = nil
        node.life += 1
        schedule.add(.open(node: node.index, life: node.life), after: pause)
    }

    /// With nothing in flight, memory and log say the same.
    func checkRest(of node: SimulatedNode) throws(Violation) {
        guard let session = node.session, session.inFlight.isEmpty else { return }
        try observe(.atRest(node: node.index, session.mind.state))
    }
}
