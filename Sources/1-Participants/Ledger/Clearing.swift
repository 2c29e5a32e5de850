public import Saga

/// How this node stands with one peer in one currency.
public struct Clearing: Hashable, Sendable {
    /// Each peer and currency has a balance and a limit.
    public struct Key: Hashable, Sendable, Comparable {
        /// The other bank.
        public let peer: NodeName
        /// The currency of the balance and the limit.
        public let currency: Currency

        /// Takes the parts as they are: whether `peer` is one is not asked.
        public init(peer: NodeName, currency: Currency) {
            self.peer = peer
            self.currency = currency
        }

        /// Orders by peer, then by currency.
        public static func < (left: Key, right: Key) -> Bool {
            (left.peer, left.currency) < (right.peer, right.currency)
        }
    }

    /// Positive: this node owes the peer. Negative: the peer owes this node.
    public internal(set) var balance: Int64 = 0
    /// Reserved steps that came from the peer: confirming them lowers the balance.
    public internal(set) var inbound: Int64 = 0
    /// Reserved steps that continue at the peer: confirming them raises the balance.
    public internal(set) var outbound: Int64 = 0
    /// What the peer may owe at most, reserved steps included. Zero until an operator says more.
    public internal(set) var limit: Int64 = 0
    /// What this node may owe the peer at most, reserved steps included; `nil` for no limit, as it
    /// is until an operator sets one.
    public internal(set) var owedLimit: Int64?

    /// As a limit on what this node may owe: none, since no balance can grow beyond it.
    public static let unlimited = Int64.max

    /// Takes the parts as they are, in minor units: nothing is checked, so that a snapshot can be
    /// read.
    public init(
        balance: Int64 = 0, inbound: Int64 = 0, outbound: Int64 = 0, limit: Int64 = 0,
        owedLimit: Int64? = nil
    ) {
        self.balance = balance
        self.inbound = inbound
        self.outbound = outbound
        self.limit = limit
        self.owedLimit = owedLimit
    }

    /// What the peer owes, and would owe if all its reserved steps were confirmed.
    public var exposure: Int64 { max(0, -balance) + inbound }

    /// Whether `amount` more may come from the peer: within its limit, so also within what fits.
    func admits(_ amount: Amount) -> Bool {
        let (sum, overflow) = exposure.addingReportingOverflow(amount.minorUnits)
        return !overflow && sum <= limit
    }

    /// What this node owes the peer, and would owe if all its reserved steps that continue there
    /// were confirmed. What the peer owes is not set off: it may pay before they are confirmed.
    public var owed: Int64 { max(0, balance) + outbound }

    /// Whether `amount` more may go to the peer within what this node may owe it.
    func mayOwe(_ amount: Amount) -> Bool {
        guard let owedLimit else { return true }
        let (sum, overflow) = owed.addingReportingOverflow(amount.minorUnits)
        return !overflow && sum <= owedLimit
    }

    /// Whether `amount` more may go to the peer without the balance ever growing too large.
    func hasRoom(for amount: Amount) -> Bool {
        let (sum, first) = max(0, balance).addingReportingOverflow(outbound)
        return !first && !sum.addingReportingOverflow(amount.minorUnits).overflow
    }
}
