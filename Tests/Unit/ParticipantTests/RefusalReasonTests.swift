import Approval
import Ledger
import Saga
import Stock
import Testing

@Suite("The participants' reasons to refuse")
struct RefusalReasonTests {
    typealias Everything = Pair<Pair<Ledger, Stock>, Approval>

    static let all = Refusal.protocolReasons + Everything.refusalReasons

    /// What logs, excerpts and the API carry: a code never changes and never goes away.
    static let codes: [(code: String, isoCode: String)] = [
        ("ledger.unknownDebtor", "AC02"), ("ledger.debtorClosed", "AC04"),
        ("ledger.debtorFrozen", "AC06"), ("ledger.debtorCurrency", "AM03"),
        ("ledger.insufficientFunds", "AM04"), ("ledger.unknownCreditor", "AC03"),
        ("ledger.creditorClosed", "AC07"), ("ledger.creditorFrozen", "AC06"),
        ("ledger.creditorCurrency", "AM03"), ("ledger.balanceTooLarge", "AM02"),
        ("ledger.exposureExceeded", "AM23"), ("ledger.owedLimitExceeded", "AM23"),
        ("ledger.transitNotAllowed", "RC11"), ("ledger.accountExists", "AM05"),
        ("ledger.unknownAccount", "AC01"), ("ledger.accountClosed", "AC04"),
        ("ledger.accountFrozen", "AC06"), ("ledger.accountNotFrozen", "AG01"),
        ("ledger.accountCurrency", "AM03"), ("ledger.accountNotEmpty", "AG01"),
        ("ledger.accountInUse", "AG01"), ("ledger.settlementTooLarge", "AM09"),
        ("ledger.currencyEnded", "AM03"), ("stock.soldOut", "AG01"), ("stock.shelfFull", "AM02"),
    ]

    @Test("They keep their codes and their ISO 20022 codes")
    func listIsComplete() {
        #expect(Everything.refusalReasons.map(\.refusal.code) == Self.codes.map(\.code))
        #expect(Everything.refusalReasons.map(\.isoCode) == Self.codes.map(\.isoCode))
    }

    @Test("An ISO code is two capital letters and two digits", arguments: all)
    func codesHaveTheIsoForm(reason: RefusalReason) {
        #expect(reason.isoCode.wholeMatch(of: /[A-Z]{2}[0-9]{2}/) != nil)
    }

    @Test("An explanation is one sentence", arguments: all)
    func explanationsAreSentences(reason: RefusalReason) throws {
        #expect(try #require(reason.explanation.first).isUppercase)
        #expect(reason.explanation.hasSuffix("."))
        #expect(reason.explanation.count { $0 == "." } == 1)
        #expect(reason.explanation.count > 10)
    }

    @Test("No two reasons have the same code or explain themselves in the same words")
    func explanationsDiffer() {
        #expect(Set(Self.all.map(\.refusal)).count == Self.all.count)
        #expect(Set(Self.all.map(\.explanation)).count == Self.all.count)
    }

    @Test("A reason is looked up where its participant is known, and is unspecified elsewhere")
    func lookup() {
        #expect(Refusal.soldOut.reason(at: Stock.self).isoCode == "AG01")
        #expect(Refusal.soldOut.reason(at: Ledger.self).isoCode == "MS03")
        #expect(Refusal.soldOut.reason(at: Ledger.self).refusal == .soldOut)
        #expect(Refusal.deadlinePassed.reason(at: Stock.self).isoCode == "AB05")
    }

    @Test("A peer's words make no counters of their number")
    func counted() throws {
        #expect(Refusal.soldOut.counted(at: Stock.self) == .soldOut)
        #expect(Refusal.deadlinePassed.counted(at: Ledger.self) == .deadlinePassed)
        let invented = try #require(Refusal(code: "ledger.inventedByPeer"))
        #expect(invented.counted(at: Ledger.self) == .unspecified)
    }
}
