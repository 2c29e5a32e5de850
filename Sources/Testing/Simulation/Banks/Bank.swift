public import Approval
public import Ledger
public import Saga
public import Stock

/// What every node of ``BankScenario`` is: a bank that also keeps a shelf and asks for consent.
public typealias Bank = Pair<Ledger, Pair<Stock, Approval>>

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
        facts.compactMap { fact in
            if case .first(let fact) = fact { fact } else { nil }
        }
    }
}
