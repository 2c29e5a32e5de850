/// A customer's account: what it holds and what may happen to it.
public struct Account: Hashable, Sendable {
    /// The raw value stands in snapshots. A closed account is never opened again.
    public enum Status: UInt8, Hashable, Sendable, CaseIterable {
        case open = 0
        /// Nothing new may be posted against it; what is reserved can still be settled or released.
        case frozen = 1
        case closed = 2
    }

    /// The currency, fixed when the account is opened: its balances are minor units of it.
    public let currency: Currency
    /// The newest status; which operations and steps it refuses is decided by ``Ledger``.
    public internal(set) var status = Status.open
    /// Never below zero.
    public internal(set) var available: Int64 = 0
    /// Reserved for transfers that leave it. Never below zero.
    public internal(set) var held: Int64 = 0
    /// Reserved for transfers that reach it: not its money yet, but room is kept for it.
    public internal(set) var incoming: Int64 = 0

    /// Takes the parts as they are: nothing is checked, so that a snapshot can be read.
    public init(
        currency: Currency, status: Status = .open, available: Int64 = 0, held: Int64 = 0,
        incoming: Int64 = 0
    ) {
        self.currency = currency
        self.status = status
        self.available = available
        self.held = held
        self.incoming = incoming
    }

    /// Whether `amount` more still fits, whatever happens to all that is reserved.
    func hasRoom(for amount: Amount) -> Bool {
        let (kept, first) = available.addingReportingOverflow(held)
        let (total, second) = kept.addingReportingOverflow(incoming)
        return !first && !second && !total.addingReportingOverflow(amount.minorUnits).overflow
    }
}
