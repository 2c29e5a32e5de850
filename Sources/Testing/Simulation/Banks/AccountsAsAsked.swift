import Engine
import Ledger
import LedgerWire
import Saga

/// Each account has what clients asked for and was confirmed: deposits, withdrawals, debits and
/// credits by the itineraries, whatever the postings say. And nothing stands on a closed one.
struct AccountsAsAsked: Checker {
    private struct Expected {
        var total: [AccountID: Int64] = [:]
        /// The debits of the steps that are held.
        var held: [AccountID: Int64] = [:]
        var open: Set<StepID> = []
    }

    private var banks: [Expected]

    init(of nodes: [NodeName]) {
        banks = nodes.map { _ in Expected() }
    }

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .folded(let node, _, let events) = observation else { return }
        for event in events {
            switch event {
            case .stepDecided(let decided): try expect(decided, node, truth)
            case .operationDecided: expect(event.ledgerFacts, node)
            default: break
            }
        }
        try compare(node, truth)
    }

    private mutating func expect(_ facts: [LedgerFact], _ node: Int) {
        for posting in facts.flatMap(\.postings) {
            guard case .available(let id) = posting.book else { continue }
            banks[node].total[id, default: 0] += posting.minorUnits
        }
    }

    private mutating func expect(
        _ decided: StepDecided<Bank.Fact>, _ node: Int, _ truth: Truth<Bank>
    ) throws(Violation) {
        let wasOpen = banks[node].open.contains(decided.step)
        let isConfirmed = decided.state == .confirmed
        guard wasOpen || decided.state != .cancelled else { return }
        guard let plan = truth.plans[decided.step.saga.contentHash] else {
            throw Violation(
                "AccountsAsAsked", "step \(decided.step) is done, but no client ordered it",
                saga: decided.step.saga.command)
        }
        for case .first(let action) in plan.steps[decided.step.number].actions {
            switch action {
            case .debit(let id, let amount):
                let change = (decided.state.isTerminal ? 0 : 1) - (wasOpen ? 1 : 0)
                banks[node].held[id, default: 0] += Int64(change) * amount.minorUnits
                if isConfirmed { banks[node].total[id, default: 0] -= amount.minorUnits }
            case .credit(let id, let amount):
                if isConfirmed { banks[node].total[id, default: 0] += amount.minorUnits }
            case .forward: break
            }
        }
        if decided.state.isTerminal {
            banks[node].open.remove(decided.step)
        } else {
            banks[node].open.insert(decided.step)
        }
    }

    private func compare(_ node: Int, _ truth: Truth<Bank>) throws(Violation) {
        let expected = banks[node]
        let wrong = truth.states[node].participant.ledger.accounts.filter { id, account in
            let isEmpty = account.available == 0 && account.held == 0 && account.incoming == 0
            return account.available + account.held != expected.total[id] ?? 0
                || account.held != expected.held[id] ?? 0
                || account.status == .closed && !isEmpty
        }
        guard let id = wrong.keys.min() else { return }
        throw Violation("AccountsAsAsked", "account \(id) is not what was asked for")
    }
}
