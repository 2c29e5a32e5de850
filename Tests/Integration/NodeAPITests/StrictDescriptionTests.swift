import APIModels
import Ledger
import Saga
import Testing
import Yams

@testable import BankAPI

/// `openapi.yaml` allows what the node takes, and nothing else.
struct StrictDescriptionTests {
    @Test("The currencies are those of the code")
    func currencies() throws {
        let schema = try Self.schema("schemas", "Currency")
        let listed = try #require(schema["enum"] as? [String])
        let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(UnicodeScalar($0)) }
        let known = letters.flatMap { first in
            letters.flatMap { second in letters.map { first + second + $0 } }
        }.filter { Currency($0) != nil }
        #expect(listed == known)
    }

    @Test("Names and accounts have the pattern that the code reads")
    func names() throws {
        let name = String(repeating: "a", count: 63)
        let names = ["a", "bank-a", name, name + "a", "a--b", ""].flatMap(Self.variants)
        let pattern = try Self.pattern("schemas", "NodeName")
        for text in names {
            #expect(try Self.isOf(pattern, text) == (NodeName(text) != nil), "\(text)")
        }
        let opaque = String(repeating: "9", count: 32)
        let accounts = [
            "acct-alice001@bank-a", "acct-\(opaque)@\(name)", "acct-\(opaque)9@b", "acct-1234567@b",
            "acct-12345678@b", "acct-12345678@\(name)a", "acct-12345678@a@b",
        ].flatMap(Self.variants)
        for place in [("schemas", "AccountID"), ("parameters", "afterAccount")] {
            let pattern = try Self.pattern(place.0, place.1)
            for text in accounts {
                let isRead = AccountID(text) != nil
                #expect(try Self.isOf(pattern, text) == isRead, "\(text)")
            }
        }
    }

    @Test("A content's hash has the pattern that the code reads")
    func contents() throws {
        let digits = String(repeating: "0123456789abcdefABCDEF", count: 4)
        let texts = [64, 63, 65, 66, 32, 0].map { String(digits.prefix($0)) }
        let prefixed = "0x\(digits.prefix(62))"
        for place in ["parameters", "schemas"] {
            let pattern = try Self.pattern(place, place == "schemas" ? "ContentHash" : "content")
            for text in [prefixed] + texts.flatMap(Self.variants) {
                #expect(try Self.isOf(pattern, text) == (Hash(text) != nil), "\(text)")
            }
        }
    }

    @Test("The states of transfers are those of the code")
    func states() throws {
        let states: [TransferState] = [
            .unknown, .ambiguous, .pending, .settled, .rolledBack(.declined), .refused(.declined),
        ]
        let schema = try Self.schema("schemas", "State")
        #expect(schema["enum"] as? [String] == states.map(\.word))
    }

    @Test("The words of an intake are those of the code")
    func intakes() throws {
        let schema = try Self.schema("schemas", "Intake", "properties", "intake")
        #expect(schema["enum"] as? [String] == Intake.allCases.map(\.rawValue))
    }

    @Test("Times to wait and timeouts have the pattern that the code reads")
    func times() throws {
        let wait = try Self.pattern("parameters", "wait")
        let timeout = try Self.pattern("schemas", "Transfer", "properties", "timeout")
        let numbers = [
            "", "0", "1", "7", "9", "10", "59", "60", "61", "99", "100", "999", "1000", "2999",
            "3599", "3600", "3601", "9999", "10000", "59999", "60000", "60001", "99999", "999999",
            "1000000", "2999999", "3599999", "3600000", "3600001", "9999999",
            "99999999999999999999",
        ]
        for number in numbers {
            for text in ["", "0", "000", "+", "-", " ", "1."].map({ $0 + number }) {
                for unit in ["ms", "s", "m", "h", "", "S", "M", " s", "s ", "d"] {
                    let text = text + unit
                    let time = Duration(apiText: text)
                    let mayWait = time.map { $0 <= RequestLimits.waitMax } ?? false
                    #expect(try Self.isOf(wait, text) == mayWait, "\(text)")
                    let isTimeout = (try? TransferTimeout(text)) != nil
                    #expect(try Self.isOf(timeout, text) == isTimeout, "\(text)")
                }
            }
        }
    }

    @Test("Bounds are those of the code")
    func bounds() throws {
        let limit = try Self.schema("parameters", "limit", "schema")
        #expect(limit["minimum"] as? Int == 1)
        #expect(limit["maximum"] as? Int == RequestLimits.pageMax)
        #expect(limit["default"] as? Int == RequestLimits.pageStandard)
        let after = try Self.schema("parameters", "afterPosition", "schema")
        #expect(after["minimum"] as? Int == 0)
        #expect(after["maximum"].map { "\($0)" } == "\(UInt64.max)", "\(after)")
        let amount = try Self.schema("schemas", "Amount")
        #expect(amount["minimum"] as? Int == 1 && amount["maximum"] as? Int == Int(Int64.max))
        let exposure = try Self.schema("schemas", "Limit", "properties", "limit")
        #expect(exposure["minimum"] as? Int == 0 && exposure["maximum"] as? Int == Int(Int64.max))
        let reference = try Self.schema("schemas", "Transfer", "properties", "reference")
        #expect(reference["maxLength"] as? Int == TransferRequest.referenceScalarsMax)
        let contents = try Self.schema("schemas", "TransferReport", "properties", "contents")
        #expect(contents["minItems"] as? Int == 1)
        #expect(contents["maxItems"] as? Int == TransferReport.contentsMax)
        #expect(CommandID("00000000-0000-0000-0000-000000000000") == nil)
    }

    /// Each text, and what becomes of it when one character is another.
    private static func variants(_ text: String) -> [String] {
        let changed = text.indices.flatMap { index in
            "-@a0Az_. \u{e9}".map { character in
                "\(text[..<index])\(character)\(text[text.index(after: index)...])"
            }
        }
        return [text, text + "-", "-" + text, text + "\n", " " + text] + changed
    }

    private static func isOf(_ pattern: Regex<AnyRegexOutput>, _ text: String) throws -> Bool {
        try pattern.wholeMatch(in: text) != nil
    }

    private static func schema(_ names: String...) throws -> [String: Any] {
        try schema(names)
    }

    private static func schema(_ names: [String]) throws -> [String: Any] {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        let document = try #require(try Yams.load(yaml: text) as? [String: Any])
        var value = try #require(document["components"] as? [String: Any])
        for name in names { value = try #require(value[name] as? [String: Any], "\(name)") }
        return value
    }

    private static func pattern(_ names: String...) throws -> Regex<AnyRegexOutput> {
        var found = try schema(names)
        if let schema = found["schema"] as? [String: Any] { found = schema }
        if let reference = found["$ref"] as? String {
            found = try schema(reference.split(separator: "/").dropFirst(2).map(String.init))
        }
        let pattern = try #require(found["pattern"] as? String)
        return try Regex(pattern).matchingSemantics(.unicodeScalar)
    }
}
