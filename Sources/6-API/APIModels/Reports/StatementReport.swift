public import Chain
public import Ledger
public import Saga
public import Statements

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

    /// What one entry did to the account.
    public struct Line: Hashable, Sendable, Codable {
        /// The entry's place in the node's log.
        public let position: Position
        /// When the entry's commit was made, by the node's clock.
        public let time: Timestamp
        /// Of the transfer or the operation.
        public let id: CommandID
        /// The reason for the change.
        public let kind: StatementLine.Kind
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
    }
}

extension StatementReport {
    init(of account: AccountID, in currency: Currency, _ page: StatementPage) {
        self.init(
            account: account, currency: currency, position: page.position,
            lines: page.lines.map(Line.init), next: page.next?.description)
    }
}

extension StatementReport.Line {
    init(_ line: StatementLine) {
        self.init(
            position: line.position, time: line.time, id: line.id, kind: line.kind,
            counterparty: line.counterparty, principal: line.principal, amount: line.amount,
            availableChange: line.availableChange, heldChange: line.heldChange,
            available: line.available, held: line.held)
    }
}

extension StatementLine.Kind: Codable {}

/// A page of a node's accounts, sorted by id.
public struct AccountsReport: Hashable, Sendable, Codable {
    /// The newest entry that is in these balances.
    public let position: Position
    /// The accounts, sorted by id; no more than were asked for.
    public let accounts: [AccountReport]
    /// The cursor of the next page; `nil` on the last.
    public let next: String?
}
