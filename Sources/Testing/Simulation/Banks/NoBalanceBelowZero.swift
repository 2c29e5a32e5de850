import Engine
import Ledger
import LedgerWire
import Saga

/// No customer's balance is below zero, whether available, held or on its way, at any position.
struct NoBalanceBelowZero: Checker {
    private var books: BooksByEntry

    init(of nodes: [NodeName]) {
        books = BooksByEntry(of: nodes)
    }

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        try books.fold(events, of: node) { ledger throws(Violation) in
            let broken = ledger.accounts.filter { _, account in
                account.available < 0 || account.held < 0 || account.incoming < 0
            }
            guard let id = broken.keys.min() else { return }
            throw Violation("NoBalanceBelowZero", "account \(id) has a balance below zero")
        }
    }
}
