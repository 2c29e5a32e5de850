import Engine
import Ledger
import LedgerWire
import Saga

/// No peer ever owes more than the operator allowed, reserved steps included, at any position.
struct ExposureWithinLimit: Checker {
    private var books: BooksByEntry

    init(of nodes: [NodeName]) {
        books = BooksByEntry(of: nodes)
    }

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        try books.fold(events, of: node) { ledger throws(Violation) in
            let over = ledger.clearings.filter { key, clearing in
                clearing.exposure > BankScenario.exposureLimit(in: key.currency)
            }
            guard let peer = over.keys.map(\.peer).min() else { return }
            throw Violation(
                "ExposureWithinLimit", "\(peer) owes \(truth.names[node]) more than it may")
        }
    }
}
