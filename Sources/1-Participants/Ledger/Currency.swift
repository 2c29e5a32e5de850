/// A currency of ISO 4217, known by its three letters.
///
/// As of amendment 180 (22 September 2025, in force since 1 January 2026), the newest in November
/// 2026: every code of list one that has a minor unit, and those that left it since 2021.
///
/// A currency that has ended stays one, because logs are kept permanently and may hold it. Nothing
/// new begins in it: no account is opened (`Refusal.currencyEnded`). The accounts that are there
/// live on until they are closed: deposits, withdrawals, transfers, limits and settlements are as
/// for any other. To convert one's balance, withdraw the old currency and deposit the new.
public struct Currency: Hashable, Sendable {
    /// The three letters, packed: comparing and hashing a currency costs what an integer costs.
    private let packed: UInt32

    /// `nil` for anything but a code of the lists below, in upper-case letters.
    public init?(_ code: String) {
        guard let packed = Self.pack(code), Self.minorUnitDigits[packed] != nil else {
            return nil
        }
        self.packed = packed
    }

    /// Whether it has left list one of ISO 4217: no account is opened in it any more.
    public var hasEnded: Bool { Self.ended.contains(packed) }

    /// The three upper-case letters of ISO 4217.
    public var code: String {
        String(
            decoding: [16, 8, 0].map { UInt8(truncatingIfNeeded: packed >> $0) }, as: UTF8.self)
    }

    /// How many decimal digits the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    public var minorUnitDigits: Int { Self.minorUnitDigits[packed] ?? 0 }

    private static func pack(_ code: some StringProtocol) -> UInt32? {
        guard code.utf8.count == 3 else { return nil }
        return code.utf8.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static let minorUnitDigits: [UInt32: Int] = {
        var digits: [UInt32: Int] = [:]
        for (count, codes) in codesByDigits {
            for code in codes.split(whereSeparator: \.isWhitespace) {
                digits[pack(code) ?? 0] = count
            }
        }
        for code in ended { digits[code] = 2 }
        return digits
    }()

    /// All of them have two digits.
    private static let ended = Set(
        [
            "ANG",  // amendment 176, 31 March 2025: XCG in Curaçao and Sint Maarten
            "BGN",  // amendment 180, 1 January 2026: EUR in Bulgaria
            "CUC",  // amendment 178, June 2021: CUP in Cuba
            "HRK",  // amendment 174, 1 January 2023: EUR in Croatia
            "SLL",  // amendment 175, 31 December 2023: SLE in Sierra Leone
            "ZWL",  // amendment 177, 1 September 2024: ZWG in Zimbabwe
        ].compactMap(pack))

    private static let codesByDigits = [
        (
            0,
            """
            BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
            """
        ),
        (
            2,
            """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP
            BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
            EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
            KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
            MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
            SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
            UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
            """
        ),
        (
            3,
            """
            BHD IQD JOD KWD LYD OMR TND
            """
        ),
        (
            4,
            """
            CLF UYW
            """
        ),
    ]
}

extension Currency: Comparable, CustomStringConvertible {
    /// Orders by the code's letters.
    public static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }
    /// The code.
    public var description: String { code }
}
