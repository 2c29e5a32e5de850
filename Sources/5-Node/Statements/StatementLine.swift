public import Chain
public import Ledger
public import Saga

/// What one entry of the log did to one account.
public struct StatementLine: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case deposit
        case withdrawal
        /// Money was reserved for a transfer: it can no longer be spent, and is not gone yet.
        case hold
        /// A hold was given back.
        case release
        /// A transfer was settled: money left the account or reached it.
        case payment
    }

    public let position: Position
    /// Of the commit.
    public let time: Timestamp
    /// Of the transfer, or of the operation.
    public let id: SagaID
    public let kind: Kind
    /// The transfer's other account; `nil` for cash, and where the content names none.
    public let counterparty: AccountID?
    /// Minor units, signed: what it did to what can be spent, and to what is reserved.
    public let availableChange: Int64
    public let heldChange: Int64
    /// Minor units after it.
    public let available: Int64
    public let held: Int64

    /// What it did to the account's money as a whole: nothing, for a hold or a release.
    public var amount: Int64 { availableChange + heldChange }
}

/// Some lines of one account, oldest first.
public struct StatementPage: Hashable, Sendable {
    public let lines: [StatementLine]
    /// Where the next page begins; `nil` where these are the last lines there are.
    public let next: Position?
    /// Everything up to here is in the statement.
    public let position: Position
}

/// How many steps came to what, and which are open.
public struct StepTally: Hashable, Sendable {
    /// Everything up to here is counted.
    public let position: Position
    public let outcomes: [Outcome]
    public let open: [Open]
    /// By peer, sorted.
    public let holds: [Hold]

    public struct Outcome: Hashable, Sendable {
        /// `confirmed`, `released`, `refused`, `operationApplied`, `operationRefused` or
        /// `quarantined`.
        public let word: String
        /// Why, for what was refused, released or quarantined.
        public let reason: String
        public let count: Int64
    }

    /// The open steps of one state.
    public struct Open: Hashable, Sendable {
        public let state: StepState
        public let count: Int64
        /// When the oldest of them was first heard of.
        public let oldest: Timestamp
    }

    /// The open steps that wait for one peer's word, and what is known of the oldest of them.
    public struct Hold: Hashable, Sendable {
        public let peer: NodeName
        public let count: Int64
        /// When it was first heard of.
        public let oldest: Timestamp
        public let deadline: Timestamp?
        public let amount: Amount?
    }
}
