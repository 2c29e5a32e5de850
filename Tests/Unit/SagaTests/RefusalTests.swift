import Saga
import Testing

@Suite("Refusals")
struct RefusalTests {
    /// What logs, messages and the API carry: a name here never changes and never goes away.
    static let codes: [(name: String, isoCode: String)] = [
        ("notUnderstood", "AG03"), ("brokenItinerary", "AG01"), ("deadlineTooFar", "DT01"),
        ("deadlinePassed", "AB05"), ("abandoned", "DS24"),
        ("otherContent", "AM05"), ("unknownPeer", "RC01"),
        ("suspendedPeer", "AB08"),
        ("unknownDebtor", "AC02"), ("debtorClosed", "AC04"), ("debtorFrozen", "AC06"),
        ("debtorCurrency", "AM03"), ("insufficientFunds", "AM04"), ("unknownCreditor", "AC03"),
        ("creditorClosed", "AC07"), ("creditorFrozen", "AC06"), ("creditorCurrency", "AM03"),
        ("balanceTooLarge", "AM02"), ("exposureExceeded", "AM23"), ("accountExists", "AM05"),
        ("unknownAccount", "AC01"), ("accountClosed", "AC04"), ("accountFrozen", "AC06"),
        ("accountNotFrozen", "AG01"), ("accountCurrency", "AM03"), ("accountNotEmpty", "AG01"),
        ("accountInUse", "AG01"), ("settlementTooLarge", "AM09"), ("currencyEnded", "AM03"),
        ("soldOut", "AG01"), ("declined", "AG01"), ("unspecified", "MS03"),
    ]

    @Test("A refusal keeps its name and its ISO 20022 code", arguments: codes)
    func keepsNameAndCode(name: String, isoCode: String) throws {
        let refusal = try #require(Refusal(rawValue: name))
        #expect(refusal.isoCode == isoCode)
    }

    @Test("The list of refusals is complete, and no name stands in it twice")
    func listIsComplete() {
        #expect(Refusal.allCases.map(\.rawValue) == Self.codes.map(\.name))
        #expect(Set(Refusal.allCases.map(\.rawValue)).count == Refusal.allCases.count)
    }

    @Test("An ISO code is two capital letters and two digits", arguments: Refusal.allCases)
    func codesHaveTheIsoForm(refusal: Refusal) {
        #expect(refusal.isoCode.wholeMatch(of: /[A-Z]{2}[0-9]{2}/) != nil)
    }

    @Test("An explanation is one sentence", arguments: Refusal.allCases)
    func explanationsAreSentences(refusal: Refusal) throws {
        let explanation = refusal.explanation
        #expect(try #require(explanation.first).isUppercase)
        #expect(explanation.hasSuffix("."))
        #expect(explanation.count { $0 == "." } == 1)
        #expect(explanation.count > 10)
    }

    @Test("No two refusals explain themselves in the same words")
    func explanationsDiffer() {
        #expect(Set(Refusal.allCases.map(\.explanation)).count == Refusal.allCases.count)
    }
}
