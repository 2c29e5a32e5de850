import Engine
import EventLog
import Ledger
import Saga

/// Money is neither made nor lost: each node's books sum to zero per currency, and what two nodes
/// owe each other differs by exactly the transfers that one has settled and the other not yet.
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

    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        guard case .folded(let node, _, let events) = observation else { return }
        for event in events { try expect(event, at: node, world.truth) }
        try checkBooks(of: node, world.truth)
        try checkBorders(of: node, world.truth)
    }

    private mutating func expect(
        _ event: Event<Bank.Fact>, at node: Int, _ truth: Truth
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
        _ decided: StepDecided<Bank.Fact>, at node: Int, _ truth: Truth
    ) throws(Violation) {
        guard let plan = truth.plans[decided.contentHash] else {
            throw Violation(
                "Conservation", "step \(decided.step) was confirmed, and nobody asked for it",
                saga: decided.step.saga)
        }
        let number = decided.step.number
        let amount = plan.amount
        if (1...max(1, plan.lastMoney)).contains(number), plan.lastMoney > 0,
            let before = decided.previous.flatMap(truth.index(of:))
        {
            expected[Border(node, before, amount.currency), default: 0] -= amount.minorUnits
        }
        if number < plan.lastMoney, let after = decided.next.flatMap(truth.index(of:)) {
            expected[Border(node, after, amount.currency), default: 0] += amount.minorUnits
        }
    }

    private func checkBooks(of node: Int, _ truth: Truth) throws(Violation) {
        let ledger = truth.states[node].participant.ledger
        var sums: [Currency: Int64] = [:]
        for account in ledger.accounts.values {
            sums[account.currency, default: 0] += account.available + account.held
        }
        for (key, clearing) in ledger.clearings {
            sums[key.currency, default: 0] += clearing.balance
        }
        for (book, balance) in ledger.ownBooks { sums[book.currency, default: 0] += balance }
        guard sums.values.allSatisfy({ $0 == 0 }) else {
            throw Violation("Conservation", "the books of \(truth.names[node]) do not sum to zero")
        }
    }

    private func checkBorders(of node: Int, _ truth: Truth) throws(Violation) {
        let ledger = truth.states[node].participant.ledger
        for other in truth.names.indices where other != node {
            for currency in Clients.currencies {
                let here = ledger.clearing(with: truth.names[other], in: currency).balance
                let there = truth.states[other].participant.ledger
                    .clearing(with: truth.names[node], in: currency).balance
                let sum = expected[Border(node, other, currency)] ?? 0
                guard here + there == sum else {
                    throw Violation(
                        "Conservation",
                        """
                        between \(truth.names[node]) and \(truth.names[other]) \(here + there) \
                        \(currency) are under way, but should be \(sum)
                        """)
                }
            }
        }
    }
}
