public import Chain
public import Ledger
public import Saga

/// One customer's account.
public struct AccountReport: Hashable, Sendable, Codable {
    public enum Status: String, Hashable, Sendable, Codable {
        case open, frozen, closed
    }

    public let account: AccountID
    public let currency: Currency
    public let status: Status
    public let available: Int64
    /// Reserved for transfers that leave it.
    public let held: Int64
    /// Reserved for transfers that reach it; not its money yet.
    public let incoming: Int64
}

/// How a transfer stands at one node, with all that the node's log says of it.
public struct TransferReport: Hashable, Sendable {
    public let id: SagaID
    public let state: TransferState
    /// What it is about; `nil` where this node could not read it.
    public let order: Order?
    /// Oldest first.
    public let entries: [EntryReport]

    public struct Order: Hashable, Sendable, Codable {
        public let from: AccountID
        public let to: AccountID
        /// The banks of its steps, in order.
        public let route: [NodeName]
        public let amount: Int64
        public let currency: Currency
        public let reference: String
        public let deadline: Timestamp
    }
}

/// One entry of a node's log about a saga.
public struct EntryReport: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
        case stepDecided, abandonRequested
    }

    public let position: Position
    /// Of the commit it stands in.
    public let time: Timestamp
    public let event: Kind
    /// With ``Kind/stepDecided``: which step, and what it became.
    public let step: Int?
    public let state: StepState?
    public let reason: Refusal?
    /// What was moved: in sum zero per currency.
    public let postings: [PostingReport]
}

public struct PostingReport: Hashable, Sendable, Codable {
    public let book: Book
    public let amount: Int64
    public let currency: Currency
}

/// A node's balances: the books of one currency sum to zero.
public struct BooksReport: Hashable, Sendable, Codable {
    public let node: NodeName
    /// The newest entry that is in these balances.
    public let position: Position
    /// Sorted.
    public let currencies: [CurrencyBooks]

    public struct CurrencyBooks: Hashable, Sendable, Codable {
        public let currency: Currency
        /// All accounts together: more than 64 bits can hold, in principle.
        public let available: Int128
        public let held: Int128
        public let cash: Int64
        public let suspense: Int64
        /// Sorted by peer.
        public let clearing: [ClearingReport]
    }

    public struct ClearingReport: Hashable, Sendable, Codable {
        public let peer: NodeName
        /// Positive: this node owes the peer.
        public let balance: Int64
        /// Reserved steps that came from the peer, and those that go on to it.
        public let inbound: Int64
        public let outbound: Int64
        public let limit: Int64
        /// What counts against the limit.
        public let exposure: Int64
    }
}

/// Who a node is and how far it has come.
public struct NodeReport: Hashable, Sendable, Codable {
    public let node: NodeName
    /// Of the program that runs it: ``GiroVersion``.
    public let version: String
    /// The newest entry, and the time of its commit.
    public let position: Position
    public let time: Timestamp
    public let openSagas: Int
    public let quarantined: Int
    /// Sorted.
    public let peers: [NodeName]
    /// Those whose logs have two histories: what they say does not count until they are accepted.
    /// Sorted.
    public let suspendedPeers: [NodeName]
    /// How often persons let the log go on after it had lost its end.
    public let generation: UInt64
    /// What is wrong with it.
    public let conditions: [ConditionReport]
    /// The transfers that wait for each peer's word: sorted by peer, as far as the statements have
    /// come; `nil` while they are not there.
    public let holds: [HoldReport]?
}

/// The open transfers that wait for one peer, and the oldest of them.
public struct HoldReport: Hashable, Sendable, Codable {
    public let peer: NodeName
    public let count: Int64
    public let oldestSince: Timestamp
    public let deadline: Timestamp?
    /// Of the oldest, in minor units.
    public let amount: Int64?
    public let currency: Currency?
}
