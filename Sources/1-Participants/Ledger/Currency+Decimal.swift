// How amounts look to people: `25.00`, with exactly the currency's decimal places, a point between
// them, no separator of thousands, and a minus in front of what is below zero. There is one
// spelling for each amount, so what is printed can be typed in.
extension Currency {
    /// `25.00`, `-0.05`; `2500` in a currency without decimal places.
    public func decimal(_ minorUnits: some BinaryInteger) -> String {
        let sign = minorUnits < 0 ? "-" : ""
        let digits = String(minorUnits.magnitude)
        guard minorUnitDigits > 0 else { return sign + digits }
        let zeros = String(repeating: "0", count: max(0, minorUnitDigits + 1 - digits.utf8.count))
        let padded = zeros + digits
        return sign + padded.dropLast(minorUnitDigits) + "." + padded.suffix(minorUnitDigits)
    }

    /// `25.00 EUR`.
    public func text(_ minorUnits: some BinaryInteger) -> String {
        "\(decimal(minorUnits)) \(code)"
    }

    /// Reads what ``decimal(_:)`` writes, from zero up, and nothing else.
    ///
    /// - Returns: 0 ... 2^63 - 1 minor units.
    /// - Throws: Why `decimal` is no amount, and how it may have been meant.
    public func minorUnits(decimal: String) throws(DecimalFault) -> Int64 {
        let parts = decimal.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy(Self.isDigits) else {
            throw DecimalFault(.noAmount, decimal, self)
        }
        guard let whole = parts.first, whole.count == 1 || whole.first != UInt8(ascii: "0") else {
            throw DecimalFault(.leadingZero, decimal, self)
        }
        if parts.count == 1, minorUnitDigits > 0 {
            throw DecimalFault(.ambiguous, decimal, self)
        }
        guard (parts.count == 2 ? parts[1].count : 0) == minorUnitDigits else {
            throw DecimalFault(.decimalPlaces, decimal, self)
        }
        var minorUnits: Int64 = 0
        for digit in parts.joined() {
            let (shifted, first) = minorUnits.multipliedReportingOverflow(by: 10)
            let (sum, second) = shifted.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !first, !second else { throw DecimalFault(.tooLarge, decimal, self) }
            minorUnits = sum
        }
        return minorUnits
    }

    private static func isDigits(_ text: Substring.UTF8View) -> Bool {
        !text.isEmpty && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

/// Why a text is no amount.
public struct DecimalFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that the text breaks; of several, the first that is checked.
    public enum Reason: Hashable, Sendable, CaseIterable {
        /// Something else than digits and one point between them.
        case noAmount
        /// A whole number, in a currency that has decimal places: it could be minor units.
        case ambiguous
        /// Other decimal places than the currency's.
        case decimalPlaces
        case leadingZero
        /// More than 2^63 - 1 minor units.
        case tooLarge
    }

    /// The rule that was broken.
    public let reason: Reason
    /// What is wrong and what to write, as the command line has it.
    public let description: String

    init(_ reason: Reason, _ text: String, _ currency: Currency) {
        self.reason = reason
        description = Self.describe(reason, text, currency)
    }

    private static func describe(_ reason: Reason, _ text: String, _ currency: Currency) -> String {
        let example = currency.decimal(25 * currency.minorUnitsPerUnit)
        switch reason {
        case .noAmount:
            // What cannot be printed stays where it came from.
            let isPrintable = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            return """
                \(isPrintable ? "\"\(text)\"" : "That") is not an amount in \(currency): write \
                digits with a point, as \(example), without sign, spaces or separators
                """
        case .ambiguous:
            return ambiguity(of: text, currency)
        case .decimalPlaces:
            let places = currency.minorUnitDigits
            return """
                \(text) \(currency) is not an amount: \(currency) has \
                \(places == 0 ? "no" : "\(places)") decimal places, as in \(example)
                """
        case .leadingZero:
            return """
                \(text) \(currency) is not an amount: leave out the zeros in front, as in \
                \(example)
                """
        case .tooLarge:
            return """
                \(text) \(currency) is too large: the largest amount is \
                \(currency.text(Int64.max))
                """
        }
    }

    private static func ambiguity(of text: String, _ currency: Currency) -> String {
        guard let units = Int64(text),
            let major = try? currency.minorUnits(decimal: text + currency.zeroPlaces)
        else { return describe(.tooLarge, text, currency) }
        guard major > 0 else {
            return "0 \(currency) is not an amount: write \(currency.decimal(0)), or --minor 0"
        }
        return """
            \(text) \(currency) can mean \(currency.decimal(major)) or \
            \(currency.decimal(units)): write \(currency.decimal(major)), or --minor \(text)
            """
    }
}

extension Currency {
    /// `.00` for EUR, nothing for JPY.
    fileprivate var zeroPlaces: String {
        minorUnitDigits == 0 ? "" : "." + String(repeating: "0", count: minorUnitDigits)
    }

    /// 100 for EUR: no currency has more than four decimal places.
    fileprivate var minorUnitsPerUnit: Int64 {
        (0..<minorUnitDigits).reduce(1) { product, _ in product * 10 }
    }
}
