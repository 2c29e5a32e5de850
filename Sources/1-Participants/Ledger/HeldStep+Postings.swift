import Saga

extension HeldStep {
    /// What reserving posts: a debit's amount leaves what the customer can spend.
    public var holdPostings: [Posting] {
        actions.flatMap { action -> [Posting] in
            guard case .debit(let account, let amount) = action else { return [] }
            return [
                Posting(.available(account), -amount.minorUnits, amount.currency),
                Posting(.held(account), amount.minorUnits, amount.currency),
            ]
        }
    }

    /// What cancelling posts: exactly the hold, the other way round.
    public var releasePostings: [Posting] {
        holdPostings.map { Posting($0.book, -$0.minorUnits, $0.currency) }
    }

    /// What confirming posts: the held money goes to the next bank, the credited money comes from
    /// the bank before; inside one bank the two meet.
    public var settlePostings: [Posting] {
        var postings: [Posting] = []
        for action in actions {
            let amount = action.amount
            switch action {
            case .debit(let account, _):
                postings.append(Posting(.held(account), -amount.minorUnits, amount.currency))
            case .credit(let account, _):
                postings.append(Posting(.available(account), amount.minorUnits, amount.currency))
            case .forward:
                break
            }
        }
        for (peer, amount) in inbound {
            postings.append(Posting(.clearing(peer), -amount.minorUnits, amount.currency))
        }
        for (peer, amount) in outbound {
            postings.append(Posting(.clearing(peer), amount.minorUnits, amount.currency))
        }
        return postings
    }

    /// Money that comes from the bank before: credits and forwards, unless the debit is here too.
    var inbound: [(peer: NodeName, amount: Amount)] {
        guard let previous, !actions.contains(where: \.isDebit) else { return [] }
        return actions.map { (previous, $0.amount) }
    }

    /// Money passed on to the next bank: debits and forwards, unless the credit is here too.
    var outbound: [(peer: NodeName, amount: Amount)] {
        guard let next, !actions.contains(where: \.isCredit) else { return [] }
        return actions.map { (next, $0.amount) }
    }
}

extension LedgerAction {
    var isDebit: Bool { if case .debit = self { true } else { false } }
    var isCredit: Bool { if case .credit = self { true } else { false } }
    var isForward: Bool { if case .forward = self { true } else { false } }
}

extension HeldStep {
    /// The amount that confirming will owe the next bank; `nil` where no money is passed on.
    public var amountPassedOn: Amount? { outbound.first?.amount }
}
