public import Ledger
public import Saga

/// A payment between two banks outside Giro that one of them has posted and the other has not.
public struct OpenSettlement: Hashable, Sendable {
    /// The bank that paid, as the posting says.
    public let payer: NodeName
    /// The bank that was paid.
    public let payee: NodeName
    /// The one that has posted it.
    public let postedBy: NodeName
    /// The one that has not posted it, or not all of it.
    public let waitingFor: NodeName
    /// The currency of the payment.
    public let currency: Currency
    /// What the one has posted more than the other, in sum.
    public let minorUnits: Int128
    /// When the oldest payment was posted that the other side has not answered.
    public let since: Timestamp

    /// The difference between what `payer` has posted as paid and `payee` as received.
    ///
    /// - Returns: `nil` where both have posted the same sum.
    static func between(
        _ payer: NodeName, _ paid: [Testimony.Settlement], _ payee: NodeName,
        _ received: [Testimony.Settlement], _ currency: Currency
    ) -> OpenSettlement? {
        let paid = paid.filter { $0.isOf(payee, currency) && $0.change < 0 }
        let received = received.filter { $0.isOf(payer, currency) && $0.change > 0 }
        let (sumPaid, sumReceived) = (sum(paid), sum(received))
        let isPaid = sumPaid > sumReceived
        var answered = min(sumPaid, sumReceived)
        for settlement in isPaid ? paid : received {
            answered -= Int128(settlement.change.magnitude)
            guard answered < 0 else { continue }
            return OpenSettlement(
                payer: payer, payee: payee, postedBy: isPaid ? payer : payee,
                waitingFor: isPaid ? payee : payer, currency: currency,
                minorUnits: max(sumPaid, sumReceived) - min(sumPaid, sumReceived),
                since: settlement.time)
        }
        return nil
    }

    private static func sum(_ settlements: [Testimony.Settlement]) -> Int128 {
        settlements.reduce(0) { $0 + Int128($1.change.magnitude) }
    }
}

extension Testimony.Settlement {
    func isOf(_ peer: NodeName, _ currency: Currency) -> Bool {
        self.peer == peer && self.currency == currency
    }
}
