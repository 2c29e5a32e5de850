public import Saga

extension Ledger: Participant {
    /// Judges debits first, then credits, then whether money may pass through, then what the bank
    /// before may owe, then what this bank may owe the next, so that a payer's refusal wins.
    /// - Returns: One fact that holds the whole step; none where the step asks nothing of this
    /// bank.
    /// - Throws: The first rule broken: about the debtor, the creditor, transit, a limit on what
    /// is owed, or a balance that would not fit 64 bits.
    public func reserve(
        _ request: StepRequest<LedgerAction>
    ) throws(Refusal) -> Reservation<LedgerFact> {
        try hold(request)
    }

    /// Holds also for a frozen payee: the account was not frozen when the step was held first.
    /// Transit and both limits count as ever, since a peer's word alone says that it was.
    /// - Returns: As ``reserve(_:)``.
    /// - Throws: As ``reserve(_:)``, but for a frozen payee.
    public func reserveAgain(
        _ request: StepRequest<LedgerAction>
    ) throws(Refusal) -> Reservation<LedgerFact> {
        try hold(request, evenFrozen: true)
    }

    private func hold(
        _ request: StepRequest<LedgerAction>, evenFrozen: Bool = false
    ) throws(Refusal) -> Reservation<LedgerFact> {
        guard !request.actions.isEmpty else { return Reservation(facts: []) }
        precondition(heldSteps[request.id] == nil, "a saga decides a step once")
        let step = HeldStep(
            id: request.id, actions: request.actions, previous: request.previous,
            next: request.next)
        // The payer's side answers first, in whatever order the itinerary names the two.
        for case .debit(let account, let amount) in step.actions {
            try guardDebit(amount, from: account)
        }
        for case .credit(let account, let amount) in step.actions {
            try guardCredit(amount, to: account, evenFrozen: evenFrozen)
        }
        try guardNeighbours(of: step)
        return Reservation(facts: [.held(step, step.holdPostings)])
    }

    /// No facts: a bank decides at once, so none of its steps waits for a late answer.
    public func accept(_ step: StepID) -> [LedgerFact] { [] }

    /// One fact that moves held money out and books what came in.
    public func confirm(_ step: StepID) -> [LedgerFact] {
        guard let held = heldSteps[step] else { return [] }
        return [.settled(step, held.settlePostings)]
    }

    /// One fact that gives held money back to the account it came from.
    public func cancel(_ step: StepID) -> [LedgerFact] {
        guard let held = heldSteps[step] else { return [] }
        return [.released(step, held.releasePostings)]
    }

    /// True from the fact that holds the step until it is settled or released.
    public func holds(_ step: StepID) -> Bool { heldSteps[step] != nil }

    /// What the banks before and after may make this one risk.
    private func guardNeighbours(of step: HeldStep) throws(Refusal) {
        guard mayPass(step) else { throw .transitNotAllowed }
        for (peer, amount) in step.inbound {
            guard clearing(with: peer, in: amount.currency).admits(amount) else {
                throw .exposureExceeded
            }
        }
        for (peer, amount) in step.outbound {
            let clearing = clearing(with: peer, in: amount.currency)
            guard clearing.hasRoom(for: amount) else { throw .balanceTooLarge }
            guard clearing.mayOwe(amount) else { throw .owedLimitExceeded }
        }
    }

    /// Only the bank before counts: whom this bank would owe is no reason to refuse.
    private func mayPass(_ step: HeldStep) -> Bool {
        guard let previous = step.previous, step.actions.contains(where: \.isForward) else {
            return true
        }
        return !transitBlocked.contains(previous)
    }

    private func guardDebit(_ amount: Amount, from id: AccountID) throws(Refusal) {
        guard let account = accounts[id] else { throw .unknownDebtor }
        guard account.status != .closed else { throw .debtorClosed }
        guard account.status != .frozen else { throw .debtorFrozen }
        guard account.currency == amount.currency else { throw .debtorCurrency }
        guard amount.minorUnits <= account.available else { throw .insufficientFunds }
    }

    private func guardCredit(
        _ amount: Amount, to id: AccountID, evenFrozen: Bool
    ) throws(Refusal) {
        guard let account = accounts[id] else { throw .unknownCreditor }
        guard account.status != .closed else { throw .creditorClosed }
        guard evenFrozen || account.status != .frozen else { throw .creditorFrozen }
        guard account.currency == amount.currency else { throw .creditorCurrency }
        guard account.hasRoom(for: amount) else { throw .balanceTooLarge }
    }
}
