import Ledger
import Randomness
import TestTags
import Testing

@Suite("Amounts as people write them")
struct DecimalTests {
    static let dinar = currency("BHD")
    static let unidad = currency("CLF")

    static let amounts: [(minorUnits: Int64, currency: Currency, text: String)] = [
        (2500, euro, "25.00"), (0, euro, "0.00"), (1, euro, "0.01"), (10, euro, "0.10"),
        (99, euro, "0.99"), (100, euro, "1.00"), (123_456_789, euro, "1234567.89"),
        (.max, euro, "92233720368547758.07"),
        (2500, yen, "2500"), (0, yen, "0"), (.max, yen, "9223372036854775807"),
        (2500, dinar, "2.500"), (1, dinar, "0.001"), (.max, dinar, "9223372036854775.807"),
        (2500, unidad, "0.2500"), (1, unidad, "0.0001"),
    ]

    @Test("An amount is printed with the currency's digits, and read back", arguments: amounts)
    func hasOneSpelling(minorUnits: Int64, currency: Currency, text: String) throws {
        #expect(currency.decimal(minorUnits) == text)
        #expect(currency.text(minorUnits) == "\(text) \(currency)")
        #expect(try currency.minorUnits(decimal: text) == minorUnits)
    }

    static let balances: [(minorUnits: Int128, currency: Currency, text: String)] = [
        (-1, euro, "-0.01"), (-2500, euro, "-25.00"), (-2500, yen, "-2500"),
        (-1, dinar, "-0.001"), (Int128(Int64.min), euro, "-92233720368547758.08"),
        (Int128(Int64.min), yen, "-9223372036854775808"),
        (Int128(Int64.max) * 2, euro, "184467440737095516.14"),
        (.min, euro, "-1701411834604692317316873037158841057.28"),
    ]

    @Test("A balance below zero has a minus in front, however large", arguments: balances)
    func balancesHaveASign(minorUnits: Int128, currency: Currency, text: String) {
        #expect(currency.decimal(minorUnits) == text)
    }

    static let faults: [(text: String, currency: Currency, reason: DecimalFault.Reason)] = [
        ("2500", euro, .ambiguous), ("25", euro, .ambiguous), ("0", euro, .ambiguous),
        ("9223372036854775807", euro, .ambiguous), ("2500", dinar, .ambiguous),
        ("25.0", euro, .decimalPlaces), ("25.000", euro, .decimalPlaces),
        ("25.00", dinar, .decimalPlaces), ("25.00", yen, .decimalPlaces),
        ("2500.0", yen, .decimalPlaces), ("25.0000", dinar, .decimalPlaces),
        ("", euro, .noAmount), (" ", euro, .noAmount), (".", euro, .noAmount),
        (".50", euro, .noAmount), ("25.", euro, .noAmount), ("1.234.56", euro, .noAmount),
        ("1e3", euro, .noAmount), ("1e3.00", euro, .noAmount), ("0x10.00", euro, .noAmount),
        ("1,000.00", euro, .noAmount), ("25,00", euro, .noAmount), ("1 000.00", euro, .noAmount),
        ("1'000.00", euro, .noAmount), ("1_000.00", euro, .noAmount), ("+25.00", euro, .noAmount),
        ("-25.00", euro, .noAmount), ("−25.00", euro, .noAmount), (" 25.00", euro, .noAmount),
        ("25.00 ", euro, .noAmount), ("25.00\n", euro, .noAmount), ("25.00 EUR", euro, .noAmount),
        ("٢٥.٠٠", euro, .noAmount), ("２５.００", euro, .noAmount), ("inf", euro, .noAmount),
        ("€25.00", euro, .noAmount), ("25.00\0", euro, .noAmount), ("", yen, .noAmount),
        ("25.", yen, .noAmount), ("-2500", yen, .noAmount), ("2 500", yen, .noAmount),
        ("025.00", euro, .leadingZero), ("00.50", euro, .leadingZero), ("007", yen, .leadingZero),
        ("92233720368547758.08", euro, .tooLarge), ("9223372036854775808", yen, .tooLarge),
        ("1000000000000000000000000000000000000000.00", euro, .tooLarge),
    ]

    @Test("Any other spelling is refused, and says why", arguments: faults)
    func isRefused(text: String, currency: Currency, reason: DecimalFault.Reason) {
        do {
            let minorUnits = try currency.minorUnits(decimal: text)
            Issue.record("\"\(text)\" \(currency) was read as \(minorUnits)")
        } catch {
            #expect(error.reason == reason)
        }
    }

    static let messages: [(text: String, currency: Currency, message: String)] = [
        (
            "2500", euro,
            "2500 EUR can mean 2500.00 or 25.00: write 2500.00, or --minor 2500"
        ),
        (
            "2500", dinar,
            "2500 BHD can mean 2500.000 or 2.500: write 2500.000, or --minor 2500"
        ),
        ("0", euro, "0 EUR is not an amount: write 0.00, or --minor 0"),
        (
            "9223372036854775807", euro,
            "9223372036854775807 EUR is too large: the largest amount is 92233720368547758.07 EUR"
        ),
        ("25.0", euro, "25.0 EUR is not an amount: EUR has 2 decimal places, as in 25.00"),
        ("25.00", yen, "25.00 JPY is not an amount: JPY has no decimal places, as in 25"),
        ("025.00", euro, "025.00 EUR is not an amount: leave out the zeros in front, as in 25.00"),
        (
            "25,00", euro,
            "\"25,00\" is not an amount in EUR: write digits with a point, as 25.00, without sign, "
                + "spaces or separators"
        ),
        (
            "\u{1B}[2J", euro,
            "That is not an amount in EUR: write digits with a point, as 25.00, without sign, "
                + "spaces or separators"
        ),
    ]

    @Test("A refusal says what to write instead", arguments: messages)
    func saysWhatToWrite(text: String, currency: Currency, message: String) {
        #expect(throws: DecimalFault.self) { try currency.minorUnits(decimal: text) }
        do { _ = try currency.minorUnits(decimal: text) } catch {
            #expect(error.description == message)
        }
    }

    @Test("Whatever is printed is read back as the same amount")
    func roundTrips() throws {
        var random = SplitMix64(seed: 25)
        for _ in 0..<20_000 {
            let currencies = [euro, yen, Self.dinar, Self.unidad]
            let currency = currencies[Int.random(in: currencies.indices, using: &random)]
            let minorUnits = Int64.random(in: 0...(.max), using: &random) >> Int64.random(
                in: 0...62, using: &random)
            let text = currency.decimal(minorUnits)
            #expect(try currency.minorUnits(decimal: text) == minorUnits)
            #expect(currency.decimal(-minorUnits) == (minorUnits == 0 ? text : "-" + text))
        }
    }

    @Test("Whatever is read is printed as it was written", .tags(.slow), .onlyInFullRuns)
    func hasNoOtherSpelling() throws {
        var random = SplitMix64(seed: 26)
        let characters = Array("0123456789..,- +e")
        var read = 0
        for _ in 0..<200_000 {
            let length = Int.random(in: 0...7, using: &random)
            let text = String((0..<length).map { _ in
                characters[Int.random(in: characters.indices, using: &random)]
            })
            for currency in [euro, yen, Self.dinar] {
                guard let minorUnits = try? currency.minorUnits(decimal: text) else { continue }
                read += 1
                #expect(currency.decimal(minorUnits) == text)
            }
        }
        #expect(read > 1_000)
    }
}
