public import Saga

extension Ledger {
    /// A limit or a transit rule for a bank that is no peer would bind nothing, and a settlement
    /// with one settle nothing. A bank that was a peer once can be settled with for as long as
    /// anything is open.
    public func requiredPeer(of operation: LedgerOperation) -> NodeName? {
        switch operation {
        case .limitExposure(let peer, _, _), .limitOwed(let peer, _, _), .setTransit(let peer, _):
            peer
        case .settlePeer(let peer, let amount, _):
            clearing(with: peer, in: amount.currency).balance == 0 ? peer : nil
        case .open, .freeze, .unfreeze, .close, .deposit, .withdraw: nil
        }
    }

    /// Judges an operation by the accounts and balances there are. A limit below zero counts as
    /// zero.
    /// - Throws: The first rule broken, in the order: account, status, currency, money.
    public func perform(_ operation: LedgerOperation) throws(Refusal) -> LedgerFact {
        switch operation {
        case .open(let id, let currency): try open(id, in: currency)
        case .freeze(let id): try freeze(id)
        case .unfreeze(let id): try unfreeze(id)
        case .close(let id): try close(id)
        case .deposit(let amount, let id): try deposit(amount, to: id)
        case .withdraw(let amount, let id): try withdraw(amount, from: id)
        case .limitExposure(let peer, let limit, let currency):
            .exposureLimited(peer, minorUnits: max(0, limit), currency)
        case .limitOwed(let peer, let limit, let currency):
            .owedLimited(to: peer, minorUnits: max(0, limit), currency)
        case .setTransit(let peer, let transit): .transitSet(from: peer, transit)
        case .settlePeer(let peer, let amount, let direction):
            try settle(with: peer, amount, direction)
        }
    }

    private func open(_ id: AccountID, in currency: Currency) throws(Refusal) -> LedgerFact {
        guard id.node == node else { throw .unknownAccount }
        guard accounts[id] == nil else { throw .accountExists }
        guard !currency.hasEnded else { throw .currencyEnded }
        return .opened(id, currency)
    }

    private func freeze(_ id: AccountID) throws(Refusal) -> LedgerFact {
        guard let account = accounts[id] else { throw .unknownAccount }
        guard account.status != .closed else { throw .accountClosed }
        guard account.status != .frozen else { throw .accountFrozen }
        return .frozen(id)
    }

    private func unfreeze(_ id: AccountID) throws(Refusal) -> LedgerFact {
        guard let account = accounts[id] else { throw .unknownAccount }
        guard account.status != .closed else { throw .accountClosed }
        guard account.status == .frozen else { throw .accountNotFrozen }
        return .unfrozen(id)
    }

    private func close(_ id: AccountID) throws(Refusal) -> LedgerFact {
        guard let account = accounts[id] else { throw .unknownAccount }
        guard account.status != .closed else { throw .accountClosed }
        guard account.status != .frozen else { throw .accountFrozen }
        guard account.held == 0, account.incoming == 0 else { throw .accountInUse }
        guard account.available == 0 else { throw .accountNotEmpty }
        return .closed(id)
    }

    private func deposit(_ amount: Amount, to id: AccountID) throws(Refusal) -> LedgerFact {
        let account = try openAccount(id, in: amount.currency)
        guard account.hasRoom(for: amount), hasRoomInCash(for: -amount.minorUnits, amount.currency)
        else { throw .balanceTooLarge }
        return .deposited([
            Posting(.cash, -amount.minorUnits, amount.currency),
            Posting(.available(id), amount.minorUnits, amount.currency),
        ])
    }

    private func withdraw(_ amount: Amount, from id: AccountID) throws(Refusal) -> LedgerFact {
        let account = try openAccount(id, in: amount.currency)
        guard amount.minorUnits <= account.available else { throw .insufficientFunds }
        guard hasRoomInCash(for: amount.minorUnits, amount.currency) else {
            throw .balanceTooLarge
        }
        return .withdrawn([
            Posting(.available(id), -amount.minorUnits, amount.currency),
            Posting(.cash, amount.minorUnits, amount.currency),
        ])
    }

    private func settle(
        with peer: NodeName, _ amount: Amount, _ direction: LedgerOperation.Direction
    ) throws(Refusal) -> LedgerFact {
        let balance = clearing(with: peer, in: amount.currency).balance
        let open = direction == .received ? -balance : balance
        guard amount.minorUnits <= open else { throw .settlementTooLarge }
        let change = direction == .received ? amount.minorUnits : -amount.minorUnits
        guard hasRoomInCash(for: -change, amount.currency) else { throw .balanceTooLarge }
        return .peerSettled([
            Posting(.clearing(peer), change, amount.currency),
            Posting(.cash, -change, amount.currency),
        ])
    }

    private func openAccount(
        _ id: AccountID, in currency: Currency
    ) throws(Refusal) -> Account {
        guard let account = accounts[id] else { throw .unknownAccount }
        guard account.status != .closed else { throw .accountClosed }
        guard account.status != .frozen else { throw .accountFrozen }
        guard account.currency == currency else { throw .accountCurrency }
        return account
    }

    private func hasRoomInCash(for change: Int64, _ currency: Currency) -> Bool {
        !(ownBooks[OwnBook(.cash, currency)] ?? 0).addingReportingOverflow(change).overflow
    }
}
