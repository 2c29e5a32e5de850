public import Saga

/// What an itinerary can ask of a bank.
public enum LedgerAction: Hashable, Sendable {
    /// Take the amount from an account: the origin's part.
    case debit(AccountID, Amount)
    /// Give the amount to an account: the payee's bank's part.
    case credit(AccountID, Amount)
    /// Pass the amount on from the step before to the step after: a correspondent's part.
    case forward(Amount)

    /// The amount, the same in all money steps of a transfer.
    public var amount: Amount {
        switch self {
        case .debit(_, let amount), .credit(_, let amount), .forward(let amount): amount
        }
    }

    var account: AccountID? {
        switch self {
        case .debit(let account, _), .credit(let account, _): account
        case .forward: nil
        }
    }
}

/// What clients and operators can ask of a bank outside any saga.
public enum LedgerOperation: Hashable, Sendable {
    case open(AccountID, Currency)
    case freeze(AccountID)
    case unfreeze(AccountID)
    case close(AccountID)
    case deposit(Amount, to: AccountID)
    case withdraw(Amount, from: AccountID)
    /// Sets how much `peer` may owe: 0 stops what comes from it.
    case limitExposure(of: NodeName, minorUnits: Int64, Currency)
    /// Sets how much this bank may owe `peer`, reserved steps included: 0 stops what goes to it,
    /// ``Clearing/unlimited`` lifts the limit.
    case limitOwed(to: NodeName, minorUnits: Int64, Currency)
    /// Sets whether money that comes from `peer` may be passed on to another bank.
    case setTransit(from: NodeName, Transit)
    /// The banks have settled between them, outside: the peer paid, or was paid.
    case settlePeer(NodeName, Amount, Direction)

    /// The direction of the payment, as this bank sees it: `received` from the peer, or `paid` to
    /// it.
    public enum Direction: String, Hashable, Sendable, CaseIterable {
        case received
        case paid
    }

    /// Whether a peer may pass money through this bank; it may until an operator says otherwise.
    public enum Transit: String, Hashable, Sendable, CaseIterable {
        case allowed
        /// New forwards are refused; what is held already is settled or released as ever, and
        /// money for this bank's accounts is accepted.
        case blocked
    }
}
