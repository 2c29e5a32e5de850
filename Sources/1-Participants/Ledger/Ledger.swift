public import Saga

/// A bank as a participant: double-entry books, holds on accounts, exposure to peers.
///
/// The deciding functions are in `Ledger+Deciding.swift` and `Ledger+Operations.swift`; the folding
/// is in `Ledger+Folding.swift`. The balances here are a fold of facts, never set otherwise.
public struct Ledger: Hashable, Sendable {
    /// The bank. Accounts of any other bank are unknown here.
    public let node: NodeName
    /// Every account ever opened here, closed ones included.
    public internal(set) var accounts: [AccountID: Account] = [:]
    /// The balances with peers; none is there before the first limit or transfer.
    public internal(set) var clearings: [Clearing.Key: Clearing] = [:]
    /// The peers that may not pass money through this bank.
    public internal(set) var transitBlocked: Set<NodeName> = []
    /// Cash and suspense.
    public internal(set) var ownBooks: [OwnBook: Int64] = [:]
    /// The steps that can still be settled or released.
    public internal(set) var heldSteps: [StepID: HeldStep] = [:]

    /// One of the bank's own books in one currency.
    public struct OwnBook: Hashable, Sendable {
        /// ``Book/cash`` or ``Book/suspense``.
        public let book: Book
        /// The currency of the balance.
        public let currency: Currency

        /// Accepts any book, although customers' accounts and clearings are kept elsewhere.
        public init(_ book: Book, _ currency: Currency) {
            self.book = book
            self.currency = currency
        }
    }

    /// Starts without accounts, as a log's first facts find it.
    public init(node: NodeName) {
        self.node = node
    }

    /// From the parts of a snapshot.
    public init(
        node: NodeName, accounts: [AccountID: Account], clearings: [Clearing.Key: Clearing],
        ownBooks: [OwnBook: Int64], heldSteps: [HeldStep], transitBlocked: Set<NodeName> = []
    ) {
        self.node = node
        self.accounts = accounts
        self.clearings = clearings
        self.ownBooks = ownBooks
        self.transitBlocked = transitBlocked
        for step in heldSteps { self.heldSteps[step.id] = step }
    }

    /// How this node stands with a peer; all zero before anything happened between them.
    public func clearing(with peer: NodeName, in currency: Currency) -> Clearing {
        clearings[.init(peer: peer, currency: currency)] ?? Clearing()
    }
}
