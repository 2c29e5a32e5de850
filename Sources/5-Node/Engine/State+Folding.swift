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
        var marks = CommitMarks(after: position, header.previousHash, at: header.time)
        for (event, entry) in zip(events, commit.entries) {
            let addressee = addressee(of: event)
            try apply(event, &marks)
            guard try addressee == Addressee(of: entry) else {
                throw FoldFault("the entry at \(position) is numbered for another than its peer")
            }
        }
        try marks.checkEnd(peerCount: links.count)
        guard position == header.last else {
            throw FoldFault("the commit ends at \(header.last), its entries at \(position)")
        }
        guard timelineNumber == header.timeline else {
            throw FoldFault("the commit at \(header.first) is of another timeline")
        }
        time = header.time
        try move(to: commit.inboxes)
    }

    /// A cursor may move back: a topic may have been emptied.
    private mutating func move(to cursors: [NodeName: Int64]) throws(FoldFault) {
        guard cursors[node] == nil else {
            throw FoldFault("a commit reads the node's own topic at \(position)")
        }
        inboxes.merge(cursors) { $1 }
    }

    mutating func apply(
        _ event: Event<P.Fact>, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        switch event {
        case .stepDecided(let decided):
            let closing = try carryOut(
                decided.step, becomes: decided.state, reserving: decided.reserving)
            guard closing == decided.closing else {
                throw FoldFault("step \(decided.step) was closed with other facts than it held")
            }
            try remember(decided)
        case .stepRepeated(let repeated): try remember(repeated)
        case .abandonRequested(let request): try remember(request, marks)
        case .stepForgotten(let step, let facts):
            guard try forget(step) == facts else {
                throw FoldFault("step \(step) was forgotten with other facts than it held")
            }
        case .operationDecided(let decided): try remember(decided)
        case .read, .peerKeyTaken, .peerSuspended, .peerAccepted, .peerKeyCompared, .peerAnswered,
            .quarantined:
            try applyLink(event, &marks)
        case .timelineStarted, .timelineShown, .keyRotated, .keyShown:
            try applyOwn(event, &marks)
        case .inboxAdvanced:
            break
        case .nodeOpened(let name, let key):
            guard position == .start, name == node else {
                throw FoldFault("the log of \(node) was opened as \(name) at \(position + 1)")
            }
            publicKey = key
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
        try advance(over: event, &marks)
    }

    /// The peer that the next entry is for if it says `event`, and its number.
    func addressee(of event: Event<P.Fact>) -> Addressee? {
        event.receiver.map {
            Addressee($0, number: event.isNumbered ? given[$0, default: 0] + 1 : nil)
        }
    }

    /// Counts an entry that was folded in.
    ///
    /// - Throws: It stands where another entry has to follow.
    mutating func advance(
        over event: Event<P.Fact>, _ marks: inout CommitMarks
    ) throws(FoldFault) {
        if let due = marks.abandonDue {
            guard case .abandonRequested(let request) = event, request.step == due else {
                throw FoldFault("step \(due) is reserved, and not given up as was asked")
            }
        }
        marks.abandonDue = reservedAgain(by: event)
        if event.isNumbered, let receiver = event.receiver {
            given[receiver, default: 0] += 1
            waiting[receiver, default: []].append(position + 1)
        }
        position = position + 1
    }

    /// The step that an entry says to be reserved, if it is one that is to be given up.
    private func reservedAgain(by event: Event<P.Fact>) -> StepID? {
        let step: StepID
        switch event {
        case .stepDecided(let decided) where decided.state == .reserved: step = decided.step
        case .stepRepeated(let repeated) where repeated.state == .reserved: step = repeated.step
        default: return nil
        }
        return record(of: step)?.isAbandonRequested == true ? step : nil
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
        guard forgetting.isEmpty else {
            throw FoldFault("step \(step) is decided before lost steps are forgotten")
        }
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
        try end(step, with: closing)
        return closing
    }

    /// Folds what ends a step's hold.
    mutating func end(_ step: StepID, with closing: [P.Fact]) throws(FoldFault) {
        for fact in closing { try participant.apply(fact) }
        guard !participant.holds(step) else {
            throw FoldFault("step \(step) has ended, but something of it is still held")
        }
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
