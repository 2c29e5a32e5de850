public import Chain
public import Saga
import Wire

extension State {
    /// Folds one commit of the log: how a node recovers, and how an auditor reads.
    ///
    /// - Throws: The entries do not add up. A terminal state is derived, never trusted: closing a
    ///   step is done again here, and has to result in the facts that the entry names.
    public mutating func apply(
        _ events: [Event<P.Fact>], of commit: Commit
    ) throws(FoldFault) {
        let header = commit.header
        if position == .start {
            guard case .nodeOpened? = events.first else {
                throw FoldFault("the log of \(node) does not begin with its opening")
            }
        }
        for (event, entry) in zip(events, commit.entries) {
            let addressee = addressee(of: event)
            try apply(event)
            guard try addressee == Addressee(of: entry) else {
                throw FoldFault("the entry at \(position) is numbered for another than its peer")
            }
        }
        guard position == header.last else {
            throw FoldFault("the commit ends at \(header.last), its entries at \(position)")
        }
        guard timeline == header.timeline else {
            throw FoldFault("the commit at \(header.first) is of another timeline")
        }
        time = header.time
        try move(to: commit.inboxes, after: events)
    }

    /// A cursor moves forward, and begins again only where an entry says so.
    private mutating func move(
        to cursors: [NodeName: InboxCursor], after events: [Event<P.Fact>]
    ) throws(FoldFault) {
        var restarts: [NodeName: UInt64] = [:]
        for case .inboxRestarted(let peer) in events { restarts[peer, default: 0] += 1 }
        for (peer, cursor) in cursors {
            let (old, begun) = (inbox(of: peer), restarts.removeValue(forKey: peer) ?? 0)
            guard peer != node, cursor.incarnation == old.incarnation + begun,
                begun > 0 || cursor.offset > old.offset
            else { throw FoldFault("the cursor of \(peer) does not continue at \(position)") }
            inboxes[peer] = cursor
        }
        guard restarts.isEmpty else {
            throw FoldFault("an inbox was begun again without its cursor at \(position)")
        }
    }

    mutating func apply(_ event: Event<P.Fact>) throws(FoldFault) {
        switch event {
        case .stepDecided(let decided):
            let closing = try carryOut(
                decided.step, becomes: decided.state, reserving: decided.reserving)
            guard closing == decided.closing else {
                throw FoldFault("step \(decided.step) was closed with other facts than it held")
            }
            try remember(decided)
        case .operationDecided(let decided):
            try remember(decided)
        case .abandonRequested(let id, _):
            guard let saga = saga(begunBy: id), self[saga]?.isOpen == true else {
                throw FoldFault("saga \(id) was abandoned, but did not begin here or is not open")
            }
            self[saga]?.isAbandonRequested = true
        case .inboxAdvanced, .inboxRestarted:
            break
        case .quarantined(let letter):
            quarantined += 1
            deadLetters[DeadLetterSource(of: letter), default: DeadLetters()].keep(letter)
        case .nodeOpened(let name, let key):
            guard position == .start, name == node else {
                throw FoldFault("the log of \(node) was opened as \(name) at \(position + 1)")
            }
            publicKey = key
        case .keyRotated(let key, _):
            guard position > .start, key != publicKey else {
                throw FoldFault("the key was rotated against the rules at \(position + 1)")
            }
            publicKey = key
        case .witnessed, .peerSuspended, .peerAccepted, .timelineStarted:
            try applyHistory(event)
        case .clockAccepted(let clock, _, let approvers):
            guard position > .start, Set(approvers).count >= 2 else {
                throw FoldFault("a clock was accepted against the rules at \(position + 1)")
            }
            clockAcceptance = AcceptedClock(wallTime: clock, logTime: max(time, clock))
        case .intakeSet(let peer, let intake, _):
            guard self.intake(from: peer) != intake else {
                throw FoldFault("the intake from \(peer) was \(intake) already")
            }
            switch intake {
            case .open: stoppedPeers.remove(peer)
            case .stopped: stoppedPeers.insert(peer)
            }
        }
        advance(over: event)
    }

    /// The peer that the next entry is for if it says `event`, and its number.
    func addressee(of event: Event<P.Fact>) -> Addressee? {
        event.receiver.map { Addressee($0, number: given[$0, default: 0] + 1) }
    }

    /// Counts an entry that was folded in.
    mutating func advance(over event: Event<P.Fact>) {
        if let receiver = event.receiver { given[receiver, default: 0] += 1 }
        position = position + 1
    }

    /// Entries about logs: the peers', and this one's own.
    private mutating func applyHistory(_ event: Event<P.Fact>) throws(FoldFault) {
        switch event {
        case .witnessed(let peer, let signed):
            let header = try WitnessedHeader(folding: signed, of: peer)
            guard peers[peer].map({ $0.relation(of: header) == .newer }) ?? true else {
                throw FoldFault("the header of \(peer) does not continue its log")
            }
            peers[peer] = peers[peer]?.followed(by: header) ?? PeerHistory(newest: header)
        case .peerSuspended(let peer, let signed):
            let header = try WitnessedHeader(folding: signed, of: peer)
            guard let known = peers[peer], known.relation(of: header) == .contradiction else {
                throw FoldFault("\(peer) was suspended for a header that contradicts nothing")
            }
            peers[peer]?.contradiction = header
        case .peerAccepted(let peer, _):
            guard let accepted = peers[peer]?.accepted else {
                throw FoldFault("\(peer) was accepted but not suspended")
            }
            peers[peer] = accepted
        case .timelineStarted(let number, _, let approvers):
            guard number == timeline + 1, position > .start, Set(approvers).count >= 2 else {
                throw FoldFault("the timeline \(number) was started against the rules")
            }
            timeline = number
            timelineStart = position + 1
        default:
            preconditionFailure("entries about sagas are folded with them")
        }
    }

    /// Lets the participant do what a decision says: fold what reserving did, and close the step
    /// where the new state is a terminal one.
    ///
    /// The engine calls this to decide, recovery to check: what closing does has only one source.
    ///
    /// - Returns: The facts of closing.
    mutating func carryOut(
        _ step: StepID, becomes state: StepState, reserving: [P.Fact]
    ) throws(FoldFault) -> [P.Fact] {
        guard stepState(step).canBecome(state) else {
            throw FoldFault("step \(step) cannot become \(state) from \(stepState(step))")
        }
        let isRefused = stepState(step) == .unknown && state == .cancelled
        for fact in reserving { try participant.apply(fact) }
        guard participant.holds(step) != isRefused else {
            throw FoldFault(
                isRefused
                    ? "step \(step) is refused, but something of it was held"
                    : "step \(step) is \(state), but nothing of it was ever held")
        }
        guard state.isTerminal else { return [] }
        let closing =
            state == .confirmed ? participant.confirm(step) : participant.cancel(step)
        for fact in closing { try participant.apply(fact) }
        guard !participant.holds(step) else {
            throw FoldFault("step \(step) is \(state), but something of it is still held")
        }
        return closing
    }

    /// The saga's side of a decision; the participant's is ``carryOut(_:becomes:reserving:)``.
    mutating func remember(_ decided: StepDecided<P.Fact>) throws(FoldFault) {
        let saga = decided.step.saga
        var record = self[saga] ?? SagaRecord(contentHash: saga.contentHash)
        let known = record.step(decided.step.number)
        try rememberCommand(of: decided, isFirst: known == nil)
        if let known {
            guard known.previous == decided.previous, known.next == decided.next else {
                throw FoldFault("step \(decided.step) has got other neighbours")
            }
        }
        let wasOpen = record.isOpen
        var client = record.open?.principal
        record.remember(decided)
        if !record.isOpen {
            record.open = nil
        } else if record.open == nil, let deadline = decided.deadline {
            record.open = .init(bytes: decided.content, deadline: deadline)
        }
        guard record.open != nil || !record.isOpen else {
            throw FoldFault("step \(decided.step) is open, but its content is not kept")
        }
        // Later entries of the step name others: those who answered.
        if decided.fingerprint != nil {
            client = decided.principal
            record.open?.principal = client
            // A neighbour may have been first with a step of the same saga, and another deadline.
            if let deadline = decided.deadline { record.open?.deadline = deadline }
        }
        openSagas += (record.isOpen ? 1 : 0) - (wasOpen ? 1 : 0)
        openSteps.count(known?.state ?? .unknown, becomes: decided.state)
        if let step = record.step(decided.step.number), step.isOpen != (known?.isOpen ?? false) {
            openShares.count(step, begunBy: client, isOpen: step.isOpen)
        }
        self[saga] = record
    }

    /// The first entry of a saga's first step is a client's command, and no other entry is.
    private mutating func rememberCommand(
        of decided: StepDecided<P.Fact>, isFirst: Bool
    ) throws(FoldFault) {
        let saga = decided.step.saga
        guard isFirst, decided.step.number == 0 else {
            guard decided.fingerprint == nil else {
                throw FoldFault("step \(decided.step) is a client's command, but begins nothing")
            }
            return
        }
        guard let fingerprint = decided.fingerprint else {
            throw FoldFault("saga \(saga) begins here without a client's command")
        }
        try remember(
            CommandRecord.Command(fingerprint: fingerprint, begun: saga.contentHash),
            under: saga.command)
    }

    private mutating func remember(
        _ command: CommandRecord.Command, under id: CommandID
    ) throws(FoldFault) {
        guard commands[id]?.command == nil else { throw FoldFault("\(id) was used twice") }
        commands[id, default: CommandRecord()].command = command
    }

    mutating func remember(_ decided: OperationDecided<P.Fact>) throws(FoldFault) {
        var refusal: Refusal?
        switch decided.outcome {
        case .applied(let fact): try participant.apply(fact)
        case .refused(let reason): refusal = reason
        }
        try remember(
            CommandRecord.Command(fingerprint: decided.fingerprint, operationRefusal: refusal),
            under: decided.id)
    }
}

extension SagaRecord {
    mutating func remember(_ decided: StepDecided<some Hashable & Sendable>) {
        let holds = decided.state == .reserved || decided.state == .deciding
        if let index = steps.firstIndex(where: { $0.number == decided.step.number }) {
            if steps[index].state == .deciding {
                steps[index].wasApproved = decided.state != .cancelled
            }
            steps[index].state = decided.state
            steps[index].refusal = decided.refusal
            steps[index].wasReserved = steps[index].wasReserved || holds
        } else {
            steps.append(
                StepRecord(
                    number: decided.step.number, state: decided.state, refusal: decided.refusal,
                    previous: decided.previous, next: decided.next, wasReserved: holds))
        }
    }
}

extension Addressee {
    /// `nil` where the entry has none.
    fileprivate init?(of entry: Entry) throws(FoldFault) {
        do throws(WireError) {
            guard let addressee = try ShownFrame(entry.parts.shown).addressee else { return nil }
            self = addressee
        } catch {
            throw FoldFault("the entry at \(entry.position) cannot be read: \(error)")
        }
    }
}

extension WitnessedHeader {
    fileprivate init(folding signed: SignedHeader, of peer: NodeName) throws(FoldFault) {
        do throws(WireError) {
            try self.init(signed)
        } catch {
            throw FoldFault("a header of \(peer) cannot be read: \(error)")
        }
        guard header.node == peer else { throw FoldFault("a header of \(peer) is another's") }
    }
}
