/// Money that moves: a positive number of minor units (cents, yen …) of one currency.
public struct Amount: Hashable, Sendable {
    /// 1 ... 2^63 - 1.
    public let minorUnits: Int64
    /// The currency whose minor units are counted.
    public let currency: Currency

    /// `nil` unless `minorUnits` is positive.
    public init?(minorUnits: Int64, currency: Currency) {
        guard minorUnits > 0 else { return nil }
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

extension Amount: CustomStringConvertible {
    /// `25.00 EUR`.
    public var description: String { currency.text(minorUnits) }
}
