import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

@Suite("A fact is refused")
struct MalformedFactTests {
    private static let account = Protobuf.field(1, "acct-alice001@bank-a")
    private static let money = Protobuf.field(1, UInt64(1)) + Protobuf.field(2, "EUR")
    private static let posting = Protobuf.field(1, "cash") + Protobuf.field(2, money)
    private static let take = Stock.encode(.take(Samples.lamps))
    /// How facts named their step before the entry did: by its UUID and its number.
    private static let oldStep =
        Protobuf.field(1, UInt64(1)) + Protobuf.field(2, Samples.command.bytes)
    private static let oldFirstStep = Protobuf.field(2, Samples.command.bytes)
    private static let oldPosting = Protobuf.field(3, posting)

    @Test(
        "by a ledger",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("of a newer version", Protobuf.field(14, [])),
            Malformed("an account without id", Protobuf.field(1, Protobuf.field(2, "EUR"))),
            Malformed("an account without currency", Protobuf.field(1, account)),
            Malformed(
                "frozen in a currency", Protobuf.field(2, account + Protobuf.field(2, "EUR"))),
            Malformed("unknown in a closing", Protobuf.field(4, account + Protobuf.unknown)),
            Malformed("a posting on no book", Protobuf.field(5, Protobuf.field(1, []))),
            Malformed(
                "a posting on an unknown book",
                Protobuf.field(
                    5,
                    Protobuf.field(1, Protobuf.field(1, "vault") + Protobuf.field(2, money)))),
            Malformed(
                "a posting without money",
                Protobuf.field(5, Protobuf.field(1, Protobuf.field(1, "cash")))),
            Malformed(
                "unknown in a posting",
                Protobuf.field(5, Protobuf.field(1, posting + Protobuf.unknown))),
            Malformed(
                "unknown in a posting's money",
                Protobuf.field(
                    5,
                    Protobuf.field(
                        1,
                        Protobuf.field(1, "cash") + Protobuf.field(2, money + Protobuf.unknown)))),
            Malformed(
                "unknown in a movement",
                Protobuf.field(6, Protobuf.field(1, posting) + Protobuf.unknown)),
            Malformed("a limit for nobody", Protobuf.field(7, Protobuf.field(2, money))),
            Malformed("a limit of no currency", Protobuf.field(7, Protobuf.field(1, "bank-b"))),
            Malformed(
                "unknown in a limit's money",
                Protobuf.field(
                    7,
                    Protobuf.field(1, "bank-b") + Protobuf.field(2, money + Protobuf.unknown))),
            Malformed("an empty action", Protobuf.field(9, Protobuf.field(3, []))),
            Malformed(
                "a newer action", Protobuf.field(9, Protobuf.field(3, Protobuf.field(4, [])))),
            Malformed(
                "an action of nothing",
                Protobuf.field(
                    9, Protobuf.field(3, Protobuf.field(3, Protobuf.field(1, []))))),
            Malformed("a wrong name before", Protobuf.field(9, Protobuf.field(1, "A"))),
            Malformed("a wrong name behind", Protobuf.field(9, Protobuf.field(2, "A"))),
            Malformed("held, posted on no book", Protobuf.field(9, Protobuf.field(4, []))),
            Malformed("unknown in a held step", Protobuf.field(9, Protobuf.unknown)),
            Malformed("unknown in a settlement", Protobuf.field(10, Protobuf.unknown)),
            Malformed("unknown in a release", Protobuf.field(11, Protobuf.unknown)),
            Malformed("transit of no peer", Protobuf.field(12, Protobuf.field(2, UInt64(1)))),
            Malformed(
                "transit neither allowed nor blocked",
                Protobuf.field(12, Protobuf.field(1, "bank-b") + Protobuf.field(2, UInt64(2)))),
            Malformed(
                "a limit of what is owed to no peer", Protobuf.field(13, Protobuf.field(2, money))),
            Malformed(
                "a limit of what is owed, of no currency",
                Protobuf.field(13, Protobuf.field(1, "bank-b"))),
            Malformed(
                "unknown in a limit of what is owed",
                Protobuf.field(
                    13,
                    Protobuf.field(1, "bank-b") + Protobuf.field(2, money) + Protobuf.unknown)),
            Malformed(
                "unknown in a transit rule",
                Protobuf.field(12, Protobuf.field(1, "bank-b") + Protobuf.unknown)),
        ])
    func ledger(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Ledger.decodeFact(malformed.bytes, of: Samples.step)
        }
    }

    @Test(
        "by a ledger with the fields that it had when it named its step",
        arguments: [
            Malformed("held", Protobuf.field(9, oldStep)),
            Malformed("settled", Protobuf.field(10, oldStep)),
            Malformed("settled, with a posting", Protobuf.field(10, oldStep + oldPosting)),
            Malformed("released", Protobuf.field(11, oldStep)),
            Malformed("held at step 0", Protobuf.field(9, oldFirstStep)),
            Malformed("settled at step 0", Protobuf.field(10, oldFirstStep)),
            Malformed("released at step 0", Protobuf.field(11, oldFirstStep)),
        ])
    func oldLedger(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Ledger.decodeFact(malformed.bytes, of: Samples.step)
        }
    }

    @Test(
        "by a ledger in an entry about no step",
        arguments: [
            Malformed("held", Protobuf.field(9, [])),
            Malformed("held, with a next node", Protobuf.field(9, Protobuf.field(2, "bank-b"))),
            Malformed("settled", Protobuf.field(10, [])),
            Malformed("settled, with a posting", Protobuf.field(10, Protobuf.field(1, posting))),
            Malformed("released", Protobuf.field(11, [])),
        ])
    func ledgerWithoutStep(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Ledger.decodeFact(malformed.bytes, of: nil) }
        #expect(throws: Never.self) { try Ledger.decodeFact(malformed.bytes, of: Samples.step) }
    }

    @Test(
        "by a stock",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("nothing stocked", Protobuf.field(1, [])),
            Malformed("nothing reserved", Protobuf.field(2, Protobuf.field(1, []))),
            Malformed("unknown in a reservation", Protobuf.field(2, Protobuf.unknown)),
            Malformed("sold with units", Protobuf.field(3, Protobuf.field(1, take))),
            Malformed("put back with units", Protobuf.field(4, Protobuf.field(1, take))),
            Malformed("unknown in a sale", Protobuf.field(3, Protobuf.unknown)),
            Malformed("unknown in a return", Protobuf.field(4, Protobuf.unknown)),
            Malformed(
                "reserved with the old fields",
                Protobuf.field(2, oldTaken + Protobuf.field(3, take))),
            Malformed("sold with the old fields", Protobuf.field(3, oldTaken)),
            Malformed("put back with the old fields", Protobuf.field(4, oldTaken)),
        ])
    func stock(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Stock.decodeFact(malformed.bytes, of: Samples.step)
        }
    }

    private static let oldTaken =
        Protobuf.field(1, Samples.command.bytes) + Protobuf.field(2, UInt64(1))

    @Test(
        "by a stock in an entry about no step",
        arguments: [
            Malformed("reserved", Protobuf.field(2, Protobuf.field(1, take))),
            Malformed("reserved, but nothing", Protobuf.field(2, [])),
            Malformed("sold", Protobuf.field(3, [])),
            Malformed("put back", Protobuf.field(4, [])),
        ])
    func stockWithoutStep(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Stock.decodeFact(malformed.bytes, of: nil) }
        #expect(throws: Never.self) { try Stock.decodeFact(malformed.bytes, of: Samples.step) }
    }

    @Test(
        "by an approval",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("without kind", Protobuf.field(2, "a loan")),
            Malformed("of a kind unspecified", Protobuf.field(1, UInt64(0))),
            Malformed("of a newer kind", Protobuf.field(1, UInt64(5))),
            Malformed("approved with a subject", kind(2) + Protobuf.field(2, "a loan")),
            Malformed("confirmed with a subject", kind(3) + Protobuf.field(2, "a loan")),
            Malformed("cancelled with a subject", kind(4) + Protobuf.field(2, "a loan")),
            Malformed("unknown in a question", kind(1) + Protobuf.unknown),
            Malformed(
                "asked with the old fields",
                kind(1) + oldQuestion + Protobuf.field(4, "a loan")),
            Malformed("approved with the old fields", kind(2) + oldQuestion),
            Malformed("approved with the old fields of step 0", kind(2) + oldFirstStep),
        ])
    func approval(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Approval.decodeFact(malformed.bytes, of: Samples.step)
        }
    }

    private static let oldQuestion = oldFirstStep + Protobuf.field(3, UInt64(1))

    private static func kind(_ number: UInt64) -> [UInt8] { Protobuf.field(1, number) }

    @Test("by an approval in an entry about no step", arguments: 1...4 as ClosedRange<UInt64>)
    func approvalWithoutStep(_ kind: UInt64) {
        #expect(throws: WireError.self) { try Approval.decodeFact(Self.kind(kind), of: nil) }
        #expect(throws: Never.self) {
            try Approval.decodeFact(Self.kind(kind), of: Samples.step)
        }
    }

    @Test(
        "by a pair",
        arguments: [
            Malformed("empty", []), Malformed("of a third", [2]), Malformed("cut", [0]),
        ])
    func pair(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Pair<Stock, Approval>.decodeFact(malformed.bytes, of: Samples.step)
        }
    }
}
