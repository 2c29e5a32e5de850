import Saga
import Wire

extension State {
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
        let (wasOpen, before) = (record.isOpen, record.open)
        var client = before?.principal
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
            let bytes = (record.open ?? before)?.bytes.count ?? 0
            openShares.count(step, begunBy: client, isOpen: step.isOpen, bytes: bytes)
        }
        if decided.state.isTerminal { endRepetition(of: decided.step, to: decided.next) }
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

    mutating func remember(
        _ command: CommandRecord.Command, under id: CommandID
    ) throws(FoldFault) {
        guard commands[id]?.command == nil else { throw FoldFault("\(id) was used twice") }
        commands[id, default: CommandRecord()].command = command
    }

    /// Checks that what is said again is what is known, and that there is a reason for it.
    mutating func remember(_ repeated: StepRepeated) throws(FoldFault) {
        let step = repeated.step
        guard let known = record(of: step), known.state == repeated.state,
            known.refusal == repeated.refusal
        else { throw FoldFault("step \(step) is said to be otherwise than it is") }
        let isTrue: Bool
        switch repeated.state {
        case .reserved:
            let open = self[step.saga]?.open
            let isSame =
                known.next == repeated.neighbour && open?.bytes == repeated.content
                && open?.deadline == repeated.deadline
            isTrue = isSame ? endRepetition(of: step, to: known.next) : false
        case .confirmed, .cancelled:
            isTrue =
                known.previous == repeated.neighbour && repeated.content.isEmpty
                && repeated.deadline == nil
        case .unknown, .deciding: isTrue = false
        }
        guard isTrue else {
            throw FoldFault("step \(step) is said again without reason, or with other parts")
        }
    }

    /// Notes that a saga is to be given up.
    ///
    /// - Parameter marks: Of the commit: behind a `reserved` what was noted before is passed on.
    mutating func remember(
        _ request: AbandonRequested, _ marks: CommitMarks
    ) throws(FoldFault) {
        let step = request.step
        guard var saga = self[step.saga],
            let index = saga.steps.firstIndex(where: { $0.number == step.number }),
            saga.steps[index].isOpen
        else { throw FoldFault("step \(step) was given up, but is not open") }
        let known = saga.steps[index]
        guard request.next == (known.state == .reserved ? known.next : nil) else {
            throw FoldFault("step \(step) was given up, and another node than the next is asked")
        }
        guard !known.isAbandonRequested else {
            guard marks.abandonDue == step, request.principal == nil else {
                throw FoldFault("step \(step) was given up twice")
            }
            return
        }
        guard (request.principal != nil) == (step.number == 0) else {
            throw FoldFault("step \(step) was given up by another than who may do that")
        }
        saga.steps[index].isAbandonRequested = true
        self[step.saga] = saga
    }
}

// MARK: - After a loss

extension State {
    /// The reserved steps that wait for the peer are to be said again to it.
    mutating func repeatReserved(to peer: NodeName) {
        let steps = findOpenSteps { $0.state == .reserved && $0.next == peer }
        guard !steps.isEmpty else { return }
        repeating[peer, default: []].formUnion(steps)
    }

    /// - Returns: Whether the step was still to be said again.
    @discardableResult
    private mutating func endRepetition(of step: StepID, to peer: NodeName?) -> Bool {
        guard let peer, repeating[peer]?.remove(step) != nil else { return false }
        if repeating[peer]?.isEmpty == true { repeating[peer] = nil }
        return true
    }

    /// A step that was being decided when the log lost its end counts as never heard of; a client's
    /// command that began with it too.
    ///
    /// - Returns: What gave back what the step held.
    mutating func forget(_ step: StepID) throws(FoldFault) -> [P.Fact] {
        guard forgetting.remove(step) != nil, var saga = self[step.saga],
            let known = saga.step(step.number)
        else { throw FoldFault("step \(step) is forgotten without reason") }
        let facts = participant.cancel(step)
        try end(step, with: facts)
        openSteps.count(known.state, becomes: .unknown)
        openShares.count(
            known, begunBy: saga.open?.principal, isOpen: false,
            bytes: saga.open?.bytes.count ?? 0)
        saga.steps.removeAll { $0.number == step.number }
        if step.number == 0 { saga.open?.principal = nil }
        if !saga.isOpen {
            saga.open = nil
            openSagas -= 1
        }
        self[step.saga] = saga.steps.isEmpty ? nil : saga
        let id = step.saga.command
        if step.number == 0 { commands[id]?.command = nil }
        if commands[id]?.isEmpty == true { commands[id] = nil }
        return facts
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
