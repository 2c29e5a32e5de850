import Engine
import Ledger
import LedgerWire
import Saga

/// Each bank's books, entry by entry: a commit may hold hundreds, and what is claimed of every
/// position has to be looked at between them.
struct BooksByEntry {
    private(set) var ledgers: [Ledger]

    init(of nodes: [NodeName]) {
        ledgers = nodes.map(Ledger.init(node:))
    }

    /// - Parameter look: Called after each entry that changed the books.
    mutating func fold(
        _ events: [Event<Bank.Fact>], of node: Int,
        _ look: (Ledger) throws(Violation) -> Void
    ) throws(Violation) {
        for event in events {
            let facts = event.ledgerFacts
            do throws(FoldFault) {
                for fact in facts { try ledgers[node].apply(fact) }
            } catch {
                throw Violation("Conservation", "\(error)", saga: event.saga)
            }
            if !facts.isEmpty { try look(ledgers[node]) }
        }
    }
}

extension Event where Fact == Bank.Fact {
    /// What the entry did to the books.
    var ledgerFacts: [LedgerFact] {
        switch self {
        case .stepDecided(let decided): decided.ledgerFacts
        case .operationDecided(let decided):
            if case .applied(.first(let fact)) = decided.outcome { [fact] } else { [] }
        default: []
        }
    }
}
