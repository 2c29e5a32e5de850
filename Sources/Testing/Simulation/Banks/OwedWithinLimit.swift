import Engine
import Ledger
import LedgerWire
import Saga

/// No bank holds a step that would let it owe a peer more than its operator had allowed by then,
/// reserved steps included.
struct OwedWithinLimit: Checker {
    private var books: BooksByEntry
    /// By node, as its own log has set them so far.
    private var limits: [[Clearing.Key: Int64]]

    init(of nodes: [NodeName]) {
        books = BooksByEntry(of: nodes)
        limits = Array(repeating: [:], count: nodes.count)
    }

    mutating func observe(
        _ observation: Observation<Bank>, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for event in events {
            try books.fold([event], of: node) { _ in }
            for fact in event.ledgerFacts {
                switch fact {
                case .owedLimited(let peer, let limit, let currency):
                    limits[node][.init(peer: peer, currency: currency)] = limit
                case .held(let step, _): try check(step, at: node, truth)
                default: break
                }
            }
        }
    }

    /// The entry may have settled the step as well, which lets the bank owe no more than the hold.
    private func check(
        _ step: HeldStep, at node: Int, _ truth: Truth<Bank>
    ) throws(Violation) {
        guard let peer = step.next, let currency = step.amountPassedOn?.currency,
            let limit = limits[node][.init(peer: peer, currency: currency)]
        else { return }
        let owed = books.ledgers[node].clearing(with: peer, in: currency).owed
        guard owed > limit else { return }
        throw Violation(
            "OwedWithinLimit", "\(truth.names[node]) may owe \(peer) more than its limit",
            saga: step.id.saga.command)
    }
}
