/// A currency of ISO 4217 (list one, 2024), known by its three letters.
public struct Currency: Hashable, Sendable {
    /// The three letters, packed: comparing and hashing a currency costs what an integer costs.
    private let packed: UInt32

    /// `nil` for anything but an active code of ISO 4217 in upper-case letters.
    public init?(_ code: String) {
        guard let packed = Self.pack(code), Self.minorUnitDigits[packed] != nil else {
            return nil
        }
        self.packed = packed
    }

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
        return digits
    }()

    private static let codesByDigits = [
        (0,
            """
            BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
            """),
        (2,
            """
            AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN
            BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
            EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
            KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
            MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
            SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
            UAH USD USN UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
            """),
        (3,
            """
            BHD IQD JOD KWD LYD OMR TND
            """),
        (4,
            """
            CLF UYW
            """),
    ]
}

extension Currency: Comparable, CustomStringConvertible {
    public static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }
    public var description: String { code }
}
