import Engine
import Ledger
import LedgerWire
import Saga

/// No bank ever holds a step of money that passes a bank twice, whatever the client ordered.
struct NoBankTwice: Checker {
    func observe(_ observation: Observation<Bank>, _ truth: Truth<Bank>) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .stepDecided(let decided) in events where !decided.ledgerFacts.isEmpty {
            // Conservation says so where no client has ordered it.
            guard let plan = truth.plans[decided.step.saga.contentHash] else { continue }
            let banks = plan.steps.filter(\.movesMoney).map(\.node)
            guard Set(banks).count < banks.count else { continue }
            throw Violation(
                "NoBankTwice", "\(truth.names[node]) holds money that passes a bank twice",
                saga: decided.step.saga.command)
        }
    }
}

extension Itinerary.Step where Action == Bank.Action {
    fileprivate var movesMoney: Bool {
        actions.contains { action in
            if case .first = action { true } else { false }
        }
    }
}
