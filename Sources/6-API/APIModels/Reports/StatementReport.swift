public import Chain
public import Ledger
public import Saga

/// A page of an account's statement, oldest line first.
public struct StatementReport: Hashable, Sendable, Codable {
    /// The account whose statement it is.
    public let account: AccountID
    /// The currency of all amounts.
    public let currency: Currency
    /// Everything up to here is in the statement.
    public let position: Position
    /// The lines, oldest first; none for an account without postings.
    public let lines: [Line]
    /// The cursor of the next page; `nil` on the last.
    public let next: String?

    package init(
        account: AccountID, currency: Currency, position: Position, lines: [Line], next: String?
    ) {
        self.account = account
        self.currency = currency
        self.position = position
        self.lines = lines
        self.next = next
    }

    /// What one entry did to the account.
    public struct Line: Hashable, Sendable, Codable {
        /// The word that JSON has for the reason of a change.
        public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
            case deposit
            case withdrawal
            /// Money was reserved for a transfer: it can no longer be spent, and is not gone yet.
            case hold
            /// A hold was given back.
            case release
            /// A transfer was settled: money left the account or reached it.
            case payment
        }

        /// The entry's place in the node's log.
        public let position: Position
        /// When the entry's commit was made, by the node's clock.
        public let time: Timestamp
        /// Of the transfer or the operation.
        public let id: CommandID
        /// The reason for the change.
        public let kind: Kind
        /// The transfer's other account, where it is known.
        public let counterparty: AccountID?
        /// The client that decided it; `nil` for what followed from another node.
        public let principal: Principal?
        /// Signed minor units: the change of all the account's money, none for holds and releases.
        public let amount: Int64
        /// Signed minor units: the change of what can be spent.
        public let availableChange: Int64
        /// Signed minor units: the change of what is reserved.
        public let heldChange: Int64
        /// Minor units after it.
        public let available: Int64
        /// Minor units that are reserved after it.
        public let held: Int64

        package init(
            position: Position, time: Timestamp, id: CommandID, kind: Kind,
            counterparty: AccountID?, principal: Principal?, amount: Int64, availableChange: Int64,
            heldChange: Int64, available: Int64, held: Int64
        ) {
            self.position = position
            self.time = time
            self.id = id
            self.kind = kind
            self.counterparty = counterparty
            self.principal = principal
            self.amount = amount
            self.availableChange = availableChange
            self.heldChange = heldChange
            self.available = available
            self.held = held
        }
    }
}

/// A page of a node's accounts, sorted by id.
public struct AccountsReport: Hashable, Sendable, Codable {
    /// The newest entry that is in these balances.
    public let position: Position
    /// The accounts, sorted by id; no more than were asked for.
    public let accounts: [AccountReport]
    /// The cursor of the next page; `nil` on the last.
    public let next: String?

    package init(position: Position, accounts: [AccountReport], next: String?) {
        self.position = position
        self.accounts = accounts
        self.next = next
    }
}
