public import Saga

extension Ledger {
    /// Folds a fact and checks that it adds up: postings sum to zero per currency and are those of
    /// the step, no customer's balance falls below zero, nothing is opened, held or ended twice.
    public mutating func apply(_ fact: LedgerFact) throws(FoldFault) {
        switch fact {
        case .opened(let id, let currency):
            guard accounts[id] == nil else { throw FoldFault("\(id) was opened twice") }
            accounts[id] = Account(currency: currency)
        case .frozen(let id): try set(id, to: .frozen)
        case .unfrozen(let id): try set(id, to: .open)
        case .closed(let id): try set(id, to: .closed)
        case .exposureLimited(let peer, let limit, let currency):
            guard limit >= 0 else { throw FoldFault("a limit is below zero") }
            clearings[.init(peer: peer, currency: currency), default: Clearing()].limit = limit
        case .owedLimited(let peer, let limit, let currency):
            guard limit >= 0 else { throw FoldFault("a limit is below zero") }
            clearings[.init(peer: peer, currency: currency), default: Clearing()].owedLimit =
                limit == Clearing.unlimited ? nil : limit
        case .transitSet(let peer, .allowed): transitBlocked.remove(peer)
        case .transitSet(let peer, .blocked): transitBlocked.insert(peer)
        case .deposited(let postings), .withdrawn(let postings), .peerSettled(let postings):
            try post(postings)
        case .held(let step, let postings):
            guard heldSteps.updateValue(step, forKey: step.id) == nil else {
                throw FoldFault("step \(step.id) was held twice")
            }
            guard postings == step.holdPostings else {
                throw FoldFault("the postings do not hold what step \(step.id) says")
            }
            try keepRoom(for: step, sign: 1)
            try post(postings)
        case .settled(let id, let postings):
            let step = try end(id)
            guard postings == step.settlePostings else {
                throw FoldFault("the postings do not settle what step \(id) holds")
            }
            try post(postings)
        case .released(let id, let postings):
            let step = try end(id)
            guard postings == step.releasePostings else {
                throw FoldFault("the postings do not release what step \(id) holds")
            }
            try post(postings)
        }
    }

    private mutating func end(_ id: StepID) throws(FoldFault) -> HeldStep {
        guard let step = heldSteps.removeValue(forKey: id) else {
            throw FoldFault("step \(id) was never held, or is closed already")
        }
        try keepRoom(for: step, sign: -1)
        return step
    }

    private mutating func set(_ id: AccountID, to status: Account.Status) throws(FoldFault) {
        guard accounts[id]?.status != nil else { throw FoldFault("\(id) was never opened") }
        accounts[id]?.status = status
    }

    /// Counts what a reserved step will post when it is confirmed, or stops counting it.
    private mutating func keepRoom(for step: HeldStep, sign: Int64) throws(FoldFault) {
        for case .credit(let id, let amount) in step.actions {
            guard var account = accounts[id], account.currency == amount.currency else {
                throw FoldFault("\(id) is no account in \(amount.currency)")
            }
            account.incoming = try sum(account.incoming, sign * amount.minorUnits)
            accounts[id] = account
        }
        for (peer, amount) in step.inbound {
            let key = Clearing.Key(peer: peer, currency: amount.currency)
            var clearing = clearings[key] ?? Clearing()
            clearing.inbound = try sum(clearing.inbound, sign * amount.minorUnits)
            clearings[key] = clearing
        }
        for (peer, amount) in step.outbound {
            let key = Clearing.Key(peer: peer, currency: amount.currency)
            var clearing = clearings[key] ?? Clearing()
            clearing.outbound = try sum(clearing.outbound, sign * amount.minorUnits)
            clearings[key] = clearing
        }
    }

    private mutating func post(_ postings: [Posting]) throws(FoldFault) {
        try checkBalance(of: postings)
        for posting in postings { try post(posting) }
    }

    private mutating func post(_ posting: Posting) throws(FoldFault) {
        switch posting.book {
        case .available(let id), .held(let id):
            try post(posting, to: id)
        case .clearing(let peer):
            let key = Clearing.Key(peer: peer, currency: posting.currency)
            let balance = clearings[key]?.balance ?? 0
            clearings[key, default: Clearing()].balance = try sum(balance, posting.minorUnits)
        case .cash, .suspense:
            let key = OwnBook(posting.book, posting.currency)
            ownBooks[key] = try sum(ownBooks[key] ?? 0, posting.minorUnits)
        }
    }

    private mutating func post(_ posting: Posting, to id: AccountID) throws(FoldFault) {
        guard var account = accounts[id], account.currency == posting.currency else {
            throw FoldFault("\(id) is no account in \(posting.currency)")
        }
        if case .held = posting.book {
            account.held = try sum(account.held, posting.minorUnits)
        } else {
            account.available = try sum(account.available, posting.minorUnits)
        }
        guard account.available >= 0, account.held >= 0 else {
            throw FoldFault("\(posting.book) would fall below zero")
        }
        accounts[id] = account
    }

    private func sum(_ balance: Int64, _ change: Int64) throws(FoldFault) -> Int64 {
        let (sum, overflow) = balance.addingReportingOverflow(change)
        guard !overflow else { throw FoldFault("a balance does not fit any more") }
        return sum
    }

    private func checkBalance(of postings: [Posting]) throws(FoldFault) {
        for posting in postings {
            // 128 bits: the sum of a few 64-bit amounts always fits.
            let sum = postings.reduce(into: Int128(0)) { sum, other in
                if other.currency == posting.currency { sum += Int128(other.minorUnits) }
            }
            guard sum == 0 else {
                throw FoldFault("postings in \(posting.currency) do not sum to zero")
            }
        }
    }
}
