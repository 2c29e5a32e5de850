import Links
import Saga
import Wire

extension Engine {
    /// Acts on a peer's entry about one of its steps: who may say what, about which content, and
    /// then the protocol table.
    ///
    /// - Returns: Why the entry is refused, or `nil`.
    mutating func receive(
        _ shown: [UInt8], of entry: ShownEntry, from peer: NodeName
    ) -> Quarantined.Cause? {
        guard let saga = entry.saga else { return .unreadable }
        do throws(WireError) {
            return receive(
                try PeerStep(
                    shown, saga: saga, contentHash: entry.says.contentHash, content: entry.content),
                from: peer)
        } catch {
            return .unreadable
        }
    }

    /// Reserve and Abandon come only from the owner of the step before, Confirm and Cancel only
    /// from the owner of the step after.
    private mutating func receive(
        _ said: PeerStep, from peer: NodeName
    ) -> Quarantined.Cause? {
        let (step, prompt) = (said.concerned, said.prompt)
        guard (0..<Itinerary<P.Action>.stepsMax).contains(step.number) else { return .wrongStep }
        let known = state.record(of: step)
        if let known {
            let neighbour = said.isForward ? known.previous : known.next
            guard neighbour == peer else { return .wrongStep }
        }
        switch (known?.state ?? .unknown).move(on: prompt) {
        case .perform: return perform(step, as: said, from: peer)
        case .askToStop, .abandonNext: giveUp(step)
        case .confirm: close(step, as: .confirmed)
        case .cancel: close(step, as: .cancelled, said.refusal)
        case .repeat: repeatOutcome(of: step, to: peer)
        case .ignore: break
        case .quarantine(.unexpectedAnswer): return .unexpectedAnswer
        case .quarantine(.contradiction): return .contradiction
        }
        return nil
    }

    /// Does a step that was never heard of.
    private mutating func perform(
        _ step: StepID, as said: PeerStep, from peer: NodeName
    ) -> Quarantined.Cause? {
        guard case .reserved(let bytes, let deadline, let isRepeated) = said.kind else {
            preconditionFailure("only a Reserve begins a step")
        }
        let content = Content<P.Action>.decode(bytes, for: P.self)
        if let cause = misplacement(of: step, in: content, from: peer) { return cause }
        let order = order(for: step, content, by: deadline, isRepeated, from: peer)
        record(decision(on: order, at: now))
        return nil
    }

    /// The cause to refuse a Reserve for that does not come from the owner of the step before, or
    /// not to the owner of the step. What cannot be read names no owners.
    private func misplacement(
        of step: StepID, in content: Content<P.Action>, from peer: NodeName
    ) -> Quarantined.Cause? {
        if content.reading != .unreadable {
            guard content.node(at: step.number) == configuration.node,
                content.node(at: step.number - 1) == peer
            else { return .wrongStep }
        }
        return nil
    }

    private func order(
        for step: StepID, _ content: Content<P.Action>, by deadline: Timestamp,
        _ isRepeated: Bool, from peer: NodeName
    ) -> StepOrder<P> {
        let limits = configuration.limits
        var order = StepOrder<P>(
            step: step, content: content, deadline: deadline, previous: peer, fingerprint: nil,
            principal: nil, deadlineMax: limits.deadlineMax + limits.clockSkewMax)
        order.isJudged = !isRepeated || !canBeLost(deadline)
        return order
    }

    /// Why a peer's entry has to wait, and all of the peer's behind it: it says again that a step
    /// is reserved, this log may have lost that it held the step after it, and now something keeps
    /// it from holding that one. Numbers make it safe not to take the entry: the peer shows it
    /// until it is taken.
    ///
    /// - Returns: `nil` for an entry that is to be acted on.
    func reasonToWait(for entry: ShownEntry, of peer: NodeName) -> Refusal? {
        // Nothing is read twice where nothing was lost.
        guard state.timeline != nil, case .step(let shown) = entry.says.what,
            let saga = entry.saga,
            let said = try? PeerStep(
                shown, saga: saga, contentHash: entry.says.contentHash, content: entry.content),
            case .reserved(let bytes, let deadline, true) = said.kind
        else { return nil }
        let step = said.concerned
        guard (0..<Itinerary<P.Action>.stepsMax).contains(step.number),
            state.stepState(step) == .unknown
        else { return nil }
        let content = Content<P.Action>.decode(bytes, for: P.self)
        guard misplacement(of: step, in: content, from: peer) == nil else { return nil }
        return reasonToWait(order(for: step, content, by: deadline, true, from: peer))
    }

    /// Whether entries that this log has lost can have held a step with that deadline. One that
    /// lies later was never held. One that lies before shows nothing: the peer may have been down
    /// since the loss, and chooses what it says.
    private func canBeLost(_ deadline: Timestamp) -> Bool {
        let limits = configuration.limits
        return state.timeline != nil
            && deadline <= state.timelineTime + limits.deadlineMax + limits.clockSkewMax
    }

    /// Tells the owner of the step before how the step ended: it does not know it any more.
    private mutating func repeatOutcome(of step: StepID, to peer: NodeName) {
        guard let known = state.record(of: step) else {
            preconditionFailure("only a known step has ended")
        }
        record(
            .stepRepeated(
                StepRepeated(
                    step: step, state: known.state, refusal: known.refusal, neighbour: peer)))
    }

    /// Records once that a saga is to be given up: that asks the owner of the step after. A step
    /// that is still being decided has none yet; then the outside is asked to stop.
    ///
    /// - Parameter principal: The client, at the saga's first step.
    mutating func giveUp(_ step: StepID, by principal: Principal? = nil) {
        guard let known = state.record(of: step), !known.isAbandonRequested else { return }
        let next = known.state == .reserved ? known.next : nil
        // Where the next node does not know the step any more, it hears of it first.
        if let next, state.repeating[next]?.contains(step) == true { repeatReserved(step) }
        record(
            .abandonRequested(AbandonRequested(step: step, next: next, principal: principal)))
        if known.state == .deciding { timers.arm(step, at: now, attempt: 0) }
    }

    /// What was asked for while a step was being decided, or before it is said again, follows its
    /// `reserved`.
    mutating func passAbandonOn() {
        guard let step = marks.abandonDue else { return }
        record(
            .abandonRequested(
                AbandonRequested(
                    step: step, next: state.record(of: step)?.next, principal: nil)))
    }
}

extension PeerStep {
    /// This node's step that the peer's entry asks something of.
    fileprivate var concerned: StepID { isForward ? step.next : step.previous }

    /// Whether the peer owns the step before, not the one after.
    fileprivate var isForward: Bool {
        switch kind {
        case .reserved, .abandonRequested: true
        case .confirmed, .cancelled: false
        }
    }

    fileprivate var prompt: Prompt {
        switch kind {
        case .reserved: .reserve
        case .abandonRequested: .abandon
        case .confirmed: .confirm
        case .cancelled: .cancel
        }
    }

    fileprivate var refusal: Refusal? {
        if case .cancelled(let refusal) = kind { refusal } else { nil }
    }
}
