public import Saga

/// A signed amount on one account of the books. The postings of a fact sum to zero per currency.
public struct Posting: Hashable, Sendable {
    /// The account that changes.
    public let book: Book
    /// Added to the balance; below zero it lowers it.
    public let minorUnits: Int64
    /// The currency of the amount, which has to be the account's.
    public let currency: Currency

    /// Takes the parts as they are: the fold checks that a fact's postings sum to zero.
    public init(_ book: Book, _ minorUnits: Int64, _ currency: Currency) {
        self.book = book
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

/// One account of a bank's books: a customer's two sides, or one of the bank's own.
public enum Book: Hashable, Sendable {
    /// What a customer can spend.
    case available(AccountID)
    /// Funds reserved for transfers in flight.
    case held(AccountID)
    /// The world outside: deposits and withdrawals.
    case cash
    /// What this node owes a peer (positive) or is owed by it (negative).
    case clearing(NodeName)
    /// Money whose owner is in dispute; only people move it.
    case suspense
}

extension Book: LosslessStringConvertible {
    /// The book's name in logs and answers; `nil` for a name that is none.
    public init?(_ description: String) {
        if description == "cash" {
            self = .cash
        } else if description == "suspense" {
            self = .suspense
        } else if description.hasPrefix("clearing/") {
            guard let peer = NodeName(String(description.dropFirst(9))) else { return nil }
            self = .clearing(peer)
        } else if description.hasPrefix("held/") {
            guard let account = AccountID(String(description.dropFirst(5))) else { return nil }
            self = .held(account)
        } else {
            guard let account = AccountID(description) else { return nil }
            self = .available(account)
        }
    }

    /// The name that ``init(_:)`` reads: an account's id stands for what is available there.
    public var description: String {
        switch self {
        case .available(let account): account.text
        case .held(let account): "held/" + account.text
        case .cash: "cash"
        case .clearing(let peer): "clearing/" + peer.text
        case .suspense: "suspense"
        }
    }
}
