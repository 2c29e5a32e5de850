public import Saga

extension Ledger {
    /// What makes an itinerary's money steps a transfer: one debit, in step 0; one credit, in the
    /// last money step; forwards, and only forwards, between; the same amount all the way; the
    /// money steps in a row from step 0; each account at the bank that keeps it; no bank twice.
    ///
    /// Money that passes a bank again holds its amount there, and at its neighbours, once for each
    /// time: one order could use up limits that it moves nothing for.
    ///
    /// An itinerary without money is none of a bank's business.
    public func check(_ itinerary: Itinerary<LedgerAction>) throws(Refusal) {
        guard let lastMoney = itinerary.steps.lastIndex(where: { !$0.actions.isEmpty }) else {
            return
        }
        let amount = itinerary.steps[lastMoney].actions[0].amount
        for (number, step) in itinerary.steps.prefix(lastMoney + 1).enumerated() {
            guard step.actions.count(where: \.isDebit) == (number == 0 ? 1 : 0),
                step.actions.count(where: \.isCredit) == (number == lastMoney ? 1 : 0),
                step.actions.count(where: \.isForward)
                    == (number > 0 && number < lastMoney ? 1 : 0),
                step.actions.allSatisfy({ $0.amount == amount }),
                step.actions.allSatisfy({ $0.account == nil || $0.account?.node == step.node }),
                // At most 16 steps: comparing them costs less than a set.
                !itinerary.steps.prefix(number).contains(where: { $0.node == step.node })
            else { throw .brokenItinerary }
        }
    }
}
