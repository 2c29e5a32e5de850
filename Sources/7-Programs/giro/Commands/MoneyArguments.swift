import ArgumentParser
import Ledger

/// An amount as people write it, `25.00 EUR`, or in minor units, `--minor 2500 EUR`.
struct MoneyArguments: ParsableArguments {
    @Argument(help: "With exactly the currency's decimal places: 25.00.")
    var amount: String?
    @Argument(help: "ISO 4217, three letters.") var currency: String?
    @Option(help: "The amount in minor units instead: 2500 for 25.00 EUR.") var minor: Int64?

    func validate() throws { _ = try money() }

    /// A positive amount.
    func positive() throws -> Amount {
        let (minorUnits, currency) = try money()
        guard let amount = Amount(minorUnits: minorUnits, currency: currency) else {
            throw ValidationError("0 is not an amount that can be paid")
        }
        return amount
    }

    /// Zero or more minor units.
    func money() throws -> (minorUnits: Int64, currency: Currency) {
        guard let minor else {
            guard let amount else { throw Self.missing }
            guard let code = currency else {
                // A sign makes an option of the amount, so that only the currency is left.
                throw Currency(amount) == nil
                    ? ValidationError("the amount needs its currency: 25.00 EUR")
                    : ValidationError(
                        "the amount is missing: write 25.00 \(amount), without a sign")
            }
            let currency = try Self.currency(code)
            do {
                return (try currency.minorUnits(decimal: amount), currency)
            } catch {
                throw ValidationError(error.description)
            }
        }
        // The one word that is left is the currency.
        guard currency == nil else {
            throw ValidationError("the amount is there twice: write 25.00 EUR, or --minor 2500 EUR")
        }
        guard minor >= 0 else { throw ValidationError("an amount has no sign") }
        guard let code = amount else { throw Self.missing }
        return (minor, try Self.currency(code))
    }

    private static let missing = ValidationError(
        "an amount and its currency are missing: write 25.00 EUR, or --minor 2500 EUR")

    private static func currency(_ code: String) throws -> Currency {
        guard let currency = Currency(code) else {
            throw ValidationError(
                "the currency must be a code of ISO 4217 in upper-case letters, behind the amount: "
                    + "25.00 EUR")
        }
        return currency
    }

    /// The usage line of a command that takes an amount after `arguments`.
    static func usage(_ arguments: String, _ options: String = "") -> String {
        "giro \(arguments) (<amount> | --minor <minor>) <currency> [--directory <directory>] "
            + "\(options)[--id <id>] [--json]"
    }
}
