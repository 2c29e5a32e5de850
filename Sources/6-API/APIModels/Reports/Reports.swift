public import Chain
public import Ledger
public import Saga

/// One customer's account.
public struct AccountReport: Hashable, Sendable, Codable {
    /// The word that JSON has for an account's status.
    public enum Status: String, Hashable, Sendable, Codable {
        case open, frozen, closed
    }

    /// The account's id, which names the bank too.
    public let account: AccountID
    /// The currency of the three balances.
    public let currency: Currency
    /// The status as of the report's position.
    public let status: Status
    /// Minor units that the customer can spend.
    public let available: Int64
    /// Reserved for transfers that leave it.
    public let held: Int64
    /// Reserved for transfers that reach it; not its money yet.
    public let incoming: Int64

    package init(
        account: AccountID, currency: Currency, status: Status, available: Int64, held: Int64,
        incoming: Int64
    ) {
        self.account = account
        self.currency = currency
        self.status = status
        self.available = available
        self.held = held
        self.incoming = incoming
    }
}

/// How a transfer stands at one node, with all that the node's log says of it.
public struct TransferReport: Hashable, Sendable {
    /// The UUID that the client gave it.
    public let id: CommandID
    /// SHA-256 of what is to be done: with the UUID it names the transfer at every node. Where the
    /// state is ambiguous, all that have the UUID here, at most 100; else one.
    public let contents: [Hash]
    /// The state at this node; other nodes may be ahead or behind.
    public let state: TransferState
    /// What it is about; `nil` where this node could not read it.
    public let order: Order?
    /// Oldest first; none where the state is ambiguous.
    public let entries: [EntryReport]

    /// The most hashes that a report lists.
    package static let contentsMax = 100

    package init(
        id: CommandID, contents: [Hash], state: TransferState, order: Order? = nil,
        entries: [EntryReport] = []
    ) {
        self.id = id
        self.contents = contents
        self.state = state
        self.order = order
        self.entries = entries
    }

    /// The transfer as its content says it, the same at every node.
    public struct Order: Hashable, Sendable, Codable {
        /// The payer's account.
        public let from: AccountID
        /// The payee's account.
        public let to: AccountID
        /// The banks of its steps, in order.
        public let route: [NodeName]
        /// Minor units, from 1 up.
        public let amount: Int64
        /// The currency of the amount.
        public let currency: Currency
        /// The client's text, at most 140 characters; empty where there was none.
        public let reference: String
        /// The time after which the transfer is given up unless it is settled.
        public let deadline: Timestamp

        package init(
            from: AccountID, to: AccountID, route: [NodeName], amount: Int64, currency: Currency,
            reference: String, deadline: Timestamp
        ) {
            self.from = from
            self.to = to
            self.route = route
            self.amount = amount
            self.currency = currency
            self.reference = reference
            self.deadline = deadline
        }
    }
}

/// One entry of a node's log about a saga.
public struct EntryReport: Hashable, Sendable, Codable {
    /// The kinds of entries that are about a transfer.
    public enum Kind: String, Hashable, Sendable, Codable {
        case stepDecided
        case abandonRequested
        /// What was decided of the step is said again to a neighbour: it moves nothing.
        case stepRepeated
        /// The step counts as never heard of, since the end of the log was lost.
        case stepForgotten
    }

    /// The entry's place in this node's log.
    public let position: Position
    /// Of the commit it stands in.
    public let time: Timestamp
    /// The kind of entry, which says which other fields are there.
    public let event: Kind
    /// The step that it is about, from 0.
    public let step: Int
    /// The step's new state, or the one that is said again; `nil` but with ``Kind/stepDecided``
    /// and ``Kind/stepRepeated``.
    public let state: StepState?
    /// The reason, where the step was cancelled.
    public let reason: Refusal?
    /// The client that decided it, as the node knew it; `nil` for what followed from another node.
    public let principal: Principal?
    /// What was moved: in sum zero per currency.
    public let postings: [PostingReport]

    package init(
        position: Position, time: Timestamp, event: Kind, step: Int, state: StepState?,
        reason: Refusal?, principal: Principal?, postings: [PostingReport]
    ) {
        self.position = position
        self.time = time
        self.event = event
        self.step = step
        self.state = state
        self.reason = reason
        self.principal = principal
        self.postings = postings
    }
}

/// One side of a booking.
public struct PostingReport: Hashable, Sendable, Codable {
    /// The book that changed, by its name in logs.
    public let book: Book
    /// Signed minor units: below zero the book's balance fell.
    public let amount: Int64
    /// The currency of the amount.
    public let currency: Currency

    package init(book: Book, amount: Int64, currency: Currency) {
        self.book = book
        self.amount = amount
        self.currency = currency
    }
}

/// A node's balances: the books of one currency sum to zero.
public struct BooksReport: Hashable, Sendable, Codable {
    /// The bank whose books these are.
    public let node: NodeName
    /// The newest entry that is in these balances.
    public let position: Position
    /// Sorted.
    public let currencies: [CurrencyBooks]
    /// The peers that may not pass money through this bank. Sorted.
    public let transitBlocked: [NodeName]
    /// The peers that this bank takes no new transfers from. Sorted.
    public let stoppedPeers: [NodeName]

    package init(
        node: NodeName, position: Position, currencies: [CurrencyBooks],
        transitBlocked: [NodeName], stoppedPeers: [NodeName]
    ) {
        self.node = node
        self.position = position
        self.currencies = currencies
        self.transitBlocked = transitBlocked
        self.stoppedPeers = stoppedPeers
    }

    /// The books of one currency, in minor units.
    public struct CurrencyBooks: Hashable, Sendable, Codable {
        /// The currency of all amounts beside it.
        public let currency: Currency
        /// All accounts together: more than 64 bits can hold, in principle.
        public let available: Int128
        /// All that is reserved for transfers that leave accounts.
        public let held: Int128
        /// The counterpart of deposits, withdrawals and settlements: below zero where more came in
        /// than went out.
        public let cash: Int64
        /// The balance in dispute, which only people move.
        public let suspense: Int64
        /// Sorted by peer.
        public let clearing: [ClearingReport]

        package init(
            currency: Currency, available: Int128, held: Int128, cash: Int64, suspense: Int64,
            clearing: [ClearingReport]
        ) {
            self.currency = currency
            self.available = available
            self.held = held
            self.cash = cash
            self.suspense = suspense
            self.clearing = clearing
        }
    }

    /// The balance with one peer, in minor units.
    public struct ClearingReport: Hashable, Sendable, Codable {
        /// The other bank.
        public let peer: NodeName
        /// Positive: this node owes the peer.
        public let balance: Int64
        /// Reserved steps that came from the peer: confirming them lowers the balance.
        public let inbound: Int64
        /// Reserved steps that are passed on to the peer: confirming them raises the balance.
        public let outbound: Int64
        /// The most that the peer may owe, reserved steps included.
        public let limit: Int64
        /// What counts against the limit.
        public let exposure: Int64
        /// The most that this node may owe the peer, reserved steps included; `nil` for no limit.
        public let owedLimit: Int64?
        /// What counts against ``owedLimit``, also where there is none.
        public let owed: Int64

        package init(
            peer: NodeName, balance: Int64, inbound: Int64, outbound: Int64, limit: Int64,
            exposure: Int64, owedLimit: Int64?, owed: Int64
        ) {
            self.peer = peer
            self.balance = balance
            self.inbound = inbound
            self.outbound = outbound
            self.limit = limit
            self.exposure = exposure
            self.owedLimit = owedLimit
            self.owed = owed
        }
    }
}

/// Who a node is and how far it has come.
public struct NodeReport: Hashable, Sendable, Codable {
    /// The node's name.
    public let node: NodeName
    /// Of the program that runs it: ``GiroVersion``.
    public let version: String
    /// The newest entry, and the time of its commit.
    public let position: Position
    /// The time of the newest commit, by the node's clock.
    public let time: Timestamp
    /// The sagas with an open step at this node.
    public let openSagas: Int
    /// The dead letters that the log keeps.
    public let quarantined: Int
    /// Sorted.
    public let peers: [NodeName]
    /// Those that count for nothing until people accept their new timeline, or one of the two logs
    /// is restored. Sorted.
    public let suspendedPeers: [NodeName]
    /// Those that an operator takes no new steps from. Sorted.
    public let stoppedPeers: [NodeName]
    /// The number of the log's timeline: approvers began it after the log had lost its end; 0 for
    /// the first.
    public let timeline: UInt64
    /// What tells the timeline from any other of its number; `nil` for the first.
    public let fork: ForkID?
    /// What is wrong with it.
    public let conditions: [ConditionReport]
    /// The transfers that wait for each peer's word: sorted by peer, as far as the statements have
    /// come; `nil` while they are not there.
    public let holds: [HoldReport]?

    package init(
        node: NodeName, version: String, position: Position, time: Timestamp, openSagas: Int,
        quarantined: Int, peers: [NodeName], suspendedPeers: [NodeName],
        stoppedPeers: [NodeName], timeline: UInt64, fork: ForkID?,
        conditions: [ConditionReport], holds: [HoldReport]?
    ) {
        self.node = node
        self.version = version
        self.position = position
        self.time = time
        self.openSagas = openSagas
        self.quarantined = quarantined
        self.peers = peers
        self.suspendedPeers = suspendedPeers
        self.stoppedPeers = stoppedPeers
        self.timeline = timeline
        self.fork = fork
        self.conditions = conditions
        self.holds = holds
    }
}

/// The open transfers that wait for one peer, and the oldest of them.
public struct HoldReport: Hashable, Sendable, Codable {
    /// The node that has to answer.
    public let peer: NodeName
    /// The transfers that wait for it.
    public let count: Int64
    /// When the oldest of them was first heard of.
    public let oldestSince: Timestamp
    /// Of the oldest; `nil` where it is not known.
    public let deadline: Timestamp?
    /// Of the oldest, in minor units.
    public let amount: Int64?
    /// The currency of the amount; `nil` where that is.
    public let currency: Currency?

    package init(
        peer: NodeName, count: Int64, oldestSince: Timestamp, deadline: Timestamp?, amount: Int64?,
        currency: Currency?
    ) {
        self.peer = peer
        self.count = count
        self.oldestSince = oldestSince
        self.deadline = deadline
        self.amount = amount
        self.currency = currency
    }
}
