import Approval
import Ledger
import Saga
import Stock

/// What every simulated node is: a bank that also keeps a shelf and asks for consent.
typealias Bank = Pair<Ledger, Pair<Stock, Approval>>

extension Pair where First == Ledger, Second == Pair<Stock, Approval> {
    init(node: NodeName) {
        self.init(Ledger(node: node), Pair<Stock, Approval>(Stock(), Approval()))
    }

    var ledger: Ledger { first }
    var stock: Stock { second.first }
    var approval: Approval { second.second }
}

extension StepDecided where Fact == Bank.Fact {
    /// What the decision did to the books.
    var ledgerFacts: [LedgerFact] {
        (reserving + closing).compactMap { fact in
            if case .first(let fact) = fact { fact } else { nil }
        }
    }
}

// `Clients` has a `Bank` of its own.
typealias BankOperation = Bank.Operation
typealias BankAction = Bank.Action
