public import Chain
public import Ledger
public import Saga

/// What one entry of the log did to one account.
public struct StatementLine: Hashable, Sendable {
    /// The raw value stands in the statements' file and in the API.
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

    /// The entry's place in the log; an entry makes at most one line of an account.
    public let position: Position
    /// Of the commit.
    public let time: Timestamp
    /// Of the transfer, or of the operation.
    public let id: CommandID
    /// The reason for the change.
    public let kind: Kind
    /// The transfer's other account; `nil` for cash, and where the content names none.
    public let counterparty: AccountID?
    /// The client that decided it; `nil` for what followed from another node.
    public let principal: Principal?
    /// Minor units, signed: what it did to what can be spent, and to what is reserved.
    public let availableChange: Int64
    /// Minor units, signed: the change of what is reserved.
    public let heldChange: Int64
    /// Minor units after it.
    public let available: Int64
    /// Minor units that are reserved after it.
    public let held: Int64

    /// What it did to the account's money as a whole: nothing, for a hold or a release.
    public var amount: Int64 { availableChange + heldChange }
}

/// Some lines of one account, oldest first.
public struct StatementPage: Hashable, Sendable {
    /// The lines, oldest first; no more than were asked for.
    public let lines: [StatementLine]
    /// Where the next page begins; `nil` where these are the last lines there are.
    public let next: Position?
    /// Everything up to here is in the statement.
    public let position: Position
}

/// Counts of a log's entries by outcome, and of the steps that are open.
public struct StepTally: Hashable, Sendable {
    /// Everything up to here is counted.
    public let position: Position
    /// Counts by word and reason, of all entries up to ``position``.
    public let outcomes: [Outcome]
    /// Counts by state; a state without open steps is left out.
    public let open: [Open]
    /// By peer, sorted.
    public let holds: [Hold]

    /// The entries that ended in one way for one reason.
    public struct Outcome: Hashable, Sendable {
        /// `confirmed`, `released`, `refused`, `forgotten`, `operationApplied`, `operationRefused`
        /// or `quarantined`.
        public let word: String
        /// Why, for what was refused, released or quarantined.
        public let reason: String
        /// The entries counted, since the log began.
        public let count: Int64
    }

    /// The open steps of one state.
    public struct Open: Hashable, Sendable {
        /// The state that the steps are in: `deciding` or `reserved`.
        public let state: StepState
        /// The steps in that state now.
        public let count: Int64
        /// When the oldest of them was first heard of.
        public let oldest: Timestamp
    }

    /// The open steps that wait for one peer's word, and what is known of the oldest of them.
    public struct Hold: Hashable, Sendable {
        /// The node that has to answer.
        public let peer: NodeName
        /// The steps that wait for it now.
        public let count: Int64
        /// When it was first heard of.
        public let oldest: Timestamp
        /// Of the oldest; `nil` where it is not known.
        public let deadline: Timestamp?
        /// The transfer's, of the oldest; `nil` where its content names none.
        public let amount: Amount?
    }
}
