extension TransferRequest {
    /// The amount in a column of text: ASCII digits without a leading zero, with a minus sign
    /// before them or none.
    ///
    /// - Returns: Any 64-bit integer; that it is positive is checked with the other fields.
    /// - Throws: ``InvalidRequest/Reason/invalidAmount`` for any other text; the detail says what
    ///   is wrong with it, so that `12.00` and `1,000` are never taken for anything.
    public static func amount(fromText text: String) throws(InvalidRequest) -> Int64 {
        let digits = text.hasPrefix("-") ? text.utf8.dropFirst() : text.utf8[...]
        let isPlain = !digits.isEmpty && digits.allSatisfy(isDigit)
        guard isPlain, digits.first != UInt8(ascii: "0") || digits.count == 1 else {
            throw InvalidRequest(.invalidAmount, fault(of: text))
        }
        guard let amount = Int64(text) else {
            throw InvalidRequest(
                .invalidAmount, "\"amount\" must be at most 9223372036854775807 minor units.")
        }
        return amount
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// What is wrong with an amount that is not plain digits.
    private static func fault(of text: String) -> String {
        let scalars = text.unicodeScalars
        let rule = "write minor units in digits only, 1250 for 12.50 EUR."
        let kind =
            if text.isEmpty {
                "is empty"
            } else if scalars.contains(where: \.properties.isWhitespace) {
                "has a blank in it"
            } else if scalars.contains(where: { !$0.isASCII && $0.properties.numericType != nil }) {
                "has digits of another script"
            } else if text.contains(where: { [",", "'", "_", "\u{2019}"].contains($0) }) {
                "has a separator in it"
            } else if text.contains(".") {
                "has a decimal point or a separator in it"
            } else if text.hasPrefix("+") {
                "has a plus sign"
            } else if scalars.first.map({ "0123456789".unicodeScalars.contains($0) }) ?? false,
                text.contains(where: { "eE".contains($0) })
            {
                "has an exponent"
            } else if text.utf8.allSatisfy(isDigit) {
                "begins with a zero"
            } else {
                "is no number"
            }
        return "\"amount\" \(kind): \(rule)"
    }
}
