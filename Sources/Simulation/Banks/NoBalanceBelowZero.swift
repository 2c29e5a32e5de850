import Engine
import Ledger
import Saga

/// No customer's balance is below zero, whether available, held or on its way, at any position.
struct NoBalanceBelowZero: Checker {
    func observe(_ observation: Observation<Bank>, _ truth: Truth<Bank>) throws(Violation) {
        guard case .folded(let node, _, _) = observation else { return }
        let ledger = truth.states[node].participant.ledger
        for (id, account) in ledger.accounts
        where account.available < 0 || account.held < 0 || account.incoming < 0 {
            throw Violation("NoBalanceBelowZero", "account \(id) has a balance below zero")
        }
    }
}
