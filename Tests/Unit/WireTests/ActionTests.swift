import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

@Suite("The body of an action")
struct ActionTests {
    @Test("says the action again", arguments: Samples.actions)
    func roundTrip(_ action: Everything.Action) {
        let kind = Everything.kind(of: action)
        let body = Everything.encode(action)
        #expect(Everything.read(actionOf: kind, body: body) == .known(action))
        #expect(
            Everything.read(actionOf: kind, body: body + Protobuf.unknown) == .notUnderstood)
    }

    @Test("is sampled for every case there is")
    func samplesAreComplete() {
        #expect(
            Set(Samples.actions.map(Everything.kind(of:)))
                == ["debit", "credit", "forward", "take", "approve"])
        for action in Samples.actions { caseIsKnown(action) }
    }

    /// Does not compile when a case is added: then it wants a sample above.
    private func caseIsKnown(_ action: Everything.Action) {
        switch action {
        case .first(.first(.debit)), .first(.first(.credit)), .first(.first(.forward)),
            .first(.second(.take)), .second(.approve):
            break
        }
    }

    @Test("is another participant's affair where the kind is", arguments: ["", "Debit", "refund"])
    func foreignKinds(_ kind: String) {
        #expect(Everything.read(actionOf: kind, body: [0xff]) == .foreign)
        #expect(Ledger.read(actionOf: "take", body: []) == .foreign)
        #expect(Stock.read(actionOf: "debit", body: []) == .foreign)
        #expect(Approval.read(actionOf: "debit", body: []) == .foreign)
    }

    private static let account = Protobuf.field(1, "acct-alice001@bank-a")

    private static func money(_ minorUnits: Int64, _ currency: String) -> [UInt8] {
        Protobuf.field(1, minorUnits) + Protobuf.field(2, currency)
    }

    private static let brokenMoney: [Malformed] = [
        .init("no amount", []),
        .init("an empty amount", Protobuf.field(2, [])),
        .init("nothing to move", Protobuf.field(2, money(0, "EUR"))),
        .init("less than nothing", Protobuf.field(2, money(-1, "EUR"))),
        .init("an unknown currency", Protobuf.field(2, money(1, "XXX"))),
        .init("a currency in small letters", Protobuf.field(2, money(1, "eur"))),
        .init("no currency", Protobuf.field(2, Protobuf.field(1, UInt64(1)))),
        .init("an unknown field", Protobuf.field(2, money(1, "EUR") + Protobuf.unknown)),
        .init("no protobuf", Protobuf.field(2, [0xff])),
        .init("another type", Protobuf.field(2, UInt64(1))),
    ]

    @Test(
        "of a debit or credit is not understood with broken money",
        arguments: ["debit", "credit"], brokenMoney)
    func refusesBrokenMoney(_ kind: String, _ money: Malformed) {
        #expect(
            Ledger.read(actionOf: kind, body: Self.account + money.bytes) == .notUnderstood)
    }

    @Test(
        "of a debit or credit is not understood without an account id",
        arguments: ["debit", "credit"],
        ["", "acct-a@bank-a", "acct-alice001", "alice@bank-a", "acct-ALICE001@bank-a"])
    func refusesBrokenAccount(_ kind: String, _ account: String) {
        let body = Protobuf.field(1, account) + Protobuf.field(2, Self.money(1, "EUR"))
        #expect(Ledger.read(actionOf: kind, body: body) == .notUnderstood)
    }

    @Test(
        "is not understood where it breaks a rule",
        arguments: [
            ("forward", Malformed("without amount", [])),
            ("forward", Malformed("of nothing", Protobuf.field(1, money(0, "EUR")))),
            ("forward", Malformed("no protobuf", [0xff])),
            ("debit", Malformed("no protobuf", [0xff])),
            ("debit", Malformed("text that is not UTF-8", Protobuf.field(1, [0xff]))),
            ("take", Malformed("without units", Protobuf.field(1, "lamp"))),
            ("take", Malformed("without item", Protobuf.field(2, UInt64(1)))),
            (
                "take",
                Malformed(
                    "a long item",
                    Protobuf.field(1, String(repeating: "x", count: 65))
                        + Protobuf.field(2, UInt64(1)))
            ),
            (
                "take",
                Malformed(
                    "less than none", Protobuf.field(1, "lamp") + Protobuf.field(2, Int64(-1)))
            ),
            ("approve", Malformed("no protobuf", [0xff])),
            ("approve", Malformed("another type", Protobuf.field(1, UInt64(1)))),
        ])
    func refusesBrokenRules(_ kind: String, _ body: Malformed) {
        #expect(Everything.read(actionOf: kind, body: body.bytes) == .notUnderstood)
    }
}
