import Chain
import Engine
import Ledger
import LedgerWire
import Saga

/// Money is neither made nor lost: each node's books sum to zero per currency, holds and clearing
/// included, and what two nodes owe each other differs by exactly the transfers that one has
/// settled and the other not yet.
struct Conservation: Checker {
    private struct Border: Hashable {
        let low: Int
        let high: Int
        let currency: Currency

        init(_ one: Int, _ other: Int, _ currency: Currency) {
            low = min(one, other)
            high = max(one, other)
            self.currency = currency
        }
    }

    /// What the two clearing balances of each border should sum to.
    private var expected: [Border: Int64] = [:]

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .folded(let node, _, let events) = observation else { return }
        for event in events { try expect(event, at: node, truth) }
        try checkBooks(of: node, truth)
        try checkBorders(of: node, truth)
    }

    private mutating func expect(
        _ event: Event<Bank.Fact>, at node: Int, _ truth: Truth<Bank>
    ) throws(Violation) {
        switch event {
        case .stepDecided(let decided) where decided.state == .confirmed:
            try expect(decided, at: node, truth)
        case .operationDecided(let decided):
            guard case .applied(.first(.peerSettled(let postings))) = decided.outcome else {
                return
            }
            for posting in postings {
                guard case .clearing(let peer) = posting.book, let other = truth.index(of: peer)
                else { continue }
                expected[Border(node, other, posting.currency), default: 0] += posting.minorUnits
            }
        default: break
        }
    }

    /// Confirming travels back: who confirms first has taken the money from the step before, who
    /// confirms next gives it.
    private mutating func expect(
        _ decided: StepDecided<Bank.Fact>, at node: Int, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard let plan = truth.plans[decided.step.saga.contentHash] else {
            throw Violation(
                "Conservation", "step \(decided.step) was confirmed, but no client ordered it",
                saga: decided.step.saga.command)
        }
        let number = decided.step.number
        if let before = decided.previous.flatMap(truth.index(of:)) {
            for (currency, sum) in plan.moneyPassed(after: number - 1) {
                expected[Border(node, before, currency), default: 0] -= sum
            }
        }
        if let after = decided.next.flatMap(truth.index(of:)) {
            for (currency, sum) in plan.moneyPassed(after: number) {
                expected[Border(node, after, currency), default: 0] += sum
            }
        }
    }

    private func checkBooks(of node: Int, _ truth: Truth<Bank>) throws(Violation) {
        let ledger = truth.states[node].participant.ledger
        var sums: [Currency: Int128] = [:]
        for account in ledger.accounts.values {
            sums[account.currency, default: 0] += Int128(account.available) + Int128(account.held)
        }
        for (key, clearing) in ledger.clearings {
            sums[key.currency, default: 0] += Int128(clearing.balance)
        }
        for (book, balance) in ledger.ownBooks {
            sums[book.currency, default: 0] += Int128(balance)
        }
        guard sums.values.allSatisfy({ $0 == 0 }) else {
            throw Violation("Conservation", "the books of \(truth.names[node]) do not sum to zero")
        }
    }

    private func checkBorders(of node: Int, _ truth: Truth<Bank>) throws(Violation) {
        let ledger = truth.states[node].participant.ledger
        for (key, clearing) in ledger.clearings {
            guard let other = truth.index(of: key.peer) else { continue }
            let there = truth.states[other].participant.ledger
                .clearing(with: truth.names[node], in: key.currency).balance
            let sum = expected[Border(node, other, key.currency)] ?? 0
            guard clearing.balance + there == sum else {
                throw Violation(
                    "Conservation",
                    """
                    between \(truth.names[node]) and \(key.peer) \(clearing.balance + there) \
                    \(key.currency) are in progress, but should be \(sum)
                    """)
            }
        }
    }
}

extension Itinerary<Bank.Action> {
    /// The money that step `number` hands on to the one after it: what was debited up to there and
    /// not credited yet.
    fileprivate func moneyPassed(after number: Int) -> [Currency: Int64] {
        var sums: [Currency: Int64] = [:]
        for case .first(let action) in steps.prefix(number + 1).flatMap(\.actions) {
            switch action {
            case .debit(_, let amount): sums[amount.currency, default: 0] += amount.minorUnits
            case .credit(_, let amount): sums[amount.currency, default: 0] -= amount.minorUnits
            case .forward: break
            }
        }
        return sums
    }
}
