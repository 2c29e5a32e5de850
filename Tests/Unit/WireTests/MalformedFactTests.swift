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
    private static let saga = Samples.saga.bytes
    private static let step = Protobuf.field(1, UInt64(1)) + Protobuf.field(2, saga)

    @Test(
        "by a ledger",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("of a newer version", Protobuf.field(12, [])),
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
            Malformed("a held step without saga", Protobuf.field(9, [])),
            Malformed("an empty action", Protobuf.field(9, step + Protobuf.field(5, []))),
            Malformed(
                "a newer action",
                Protobuf.field(9, step + Protobuf.field(5, Protobuf.field(4, [])))),
            Malformed(
                "an action of nothing",
                Protobuf.field(
                    9, step + Protobuf.field(5, Protobuf.field(3, Protobuf.field(1, []))))),
            Malformed("a wrong name", Protobuf.field(9, step + Protobuf.field(3, "A"))),
            Malformed("unknown in a held step", Protobuf.field(9, step + Protobuf.unknown)),
            Malformed("settled without saga", Protobuf.field(10, [])),
            Malformed("unknown in a release", Protobuf.field(11, step + Protobuf.unknown)),
        ])
    func ledger(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Ledger.decodeFact(malformed.bytes) }
    }

    @Test(
        "by a stock",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("nothing stocked", Protobuf.field(1, [])),
            Malformed("reserved without saga", Protobuf.field(2, [])),
            Malformed("nothing reserved", Protobuf.field(2, step + Protobuf.field(3, []))),
            Malformed(
                "sold with units",
                Protobuf.field(
                    3,
                    step + Protobuf.field(3, Stock.encode(.take(Samples.lamps))))),
            Malformed("unknown in a return", Protobuf.field(4, step + Protobuf.unknown)),
        ])
    func stock(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Stock.decodeFact(malformed.bytes) }
    }

    private static let question = Protobuf.field(2, saga) + Protobuf.field(3, UInt64(1))

    @Test(
        "by an approval",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("without kind", question),
            Malformed("of a newer kind", Protobuf.field(1, UInt64(5)) + question),
            Malformed("without saga", Protobuf.field(1, UInt64(1))),
            Malformed(
                "approved with a subject",
                Protobuf.field(1, UInt64(2)) + question + Protobuf.field(4, "a loan")),
        ])
    func approval(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Approval.decodeFact(malformed.bytes) }
    }

    @Test(
        "by a pair",
        arguments: [
            Malformed("empty", []), Malformed("of a third", [2]), Malformed("cut", [0]),
        ])
    func pair(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Pair<Stock, Approval>.decodeFact(malformed.bytes)
        }
    }
}
