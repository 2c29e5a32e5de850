import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import TestKit
import Wire

@Suite("The encoding of a state")
struct StateTests {
    @Test("says the state again")
    func roundTrip() throws {
        let everything = Samples.everything
        #expect(try Everything(encodedState: everything.encodedState()) == everything)
        #expect(try Ledger(encodedState: Samples.ledger.encodedState()) == Samples.ledger)
        #expect(try Stock(encodedState: Samples.stock.encodedState()) == Samples.stock)
        #expect(try Approval(encodedState: Samples.approval.encodedState()) == Samples.approval)
    }

    @Test("says a state without anything again")
    func empty() throws {
        let ledger = Ledger(node: Samples.bankA)
        #expect(try Ledger(encodedState: ledger.encodedState()) == ledger)
        #expect(try Stock(encodedState: []) == Stock())
        #expect(try Approval(encodedState: []) == Approval())
    }

    /// A dictionary's order depends on how it grew; the bytes must not.
    @Test("is the same for equal states, however they came about")
    func deterministic() throws {
        let ids = (0..<200).map { known(AccountID("acct-\(10_000_000 + $0)@bank-a")) }
        var forth = Ledger(node: Samples.bankA)
        var back = Ledger(node: Samples.bankA)
        for id in ids { try forth.apply(.opened(id, Samples.euro)) }
        for id in ids.reversed() { try back.apply(.opened(id, Samples.euro)) }
        #expect(forth == back)
        #expect(forth.encodedState() == back.encodedState())

        let words = (0..<200).map { "item \($0)" }
        let shelves = words.map { ($0, Stock.Shelf(free: 1)) }
        #expect(
            Stock(shelves: Dictionary(uniqueKeysWithValues: shelves)).encodedState()
                == Stock(shelves: Dictionary(uniqueKeysWithValues: shelves.reversed()))
                .encodedState())
    }

    @Test("is refused with an unknown field, or cut")
    func unknownFields() {
        #expect(throws: WireError.self) {
            try Ledger(encodedState: Samples.ledger.encodedState() + Protobuf.unknown)
        }
        #expect(throws: WireError.self) {
            try Stock(encodedState: Samples.stock.encodedState() + Protobuf.unknown)
        }
        #expect(throws: WireError.self) {
            try Approval(encodedState: Samples.approval.encodedState() + Protobuf.unknown)
        }
        for length in 0..<4 {
            #expect(throws: WireError.self) {
                try Everything(
                    encodedState: Array(Samples.everything.encodedState().prefix(length)))
            }
        }
        #expect(throws: WireError.self) {
            try Pair<Stock, Approval>(encodedState: [0xff, 0xff, 0xff, 0xff, 0])
        }
    }

    private static let node = Protobuf.field(5, "bank-a")
    private static let account =
        Protobuf.field(1, "acct-alice001@bank-a") + Protobuf.field(2, "EUR")
    private static let clearing = Protobuf.field(1, "bank-b") + Protobuf.field(2, "EUR")
    private static let posting =
        Protobuf.field(1, "cash") + Protobuf.field(2, Protobuf.field(2, "EUR"))
    private static let held = Protobuf.field(2, Samples.saga.bytes)

    @Test(
        "is refused by a ledger",
        arguments: [
            Malformed("without node", []),
            Malformed("no protobuf", [0xff]),
            Malformed(
                "an account twice", node + Protobuf.field(1, account) + Protobuf.field(1, account)),
            Malformed(
                "an unknown status",
                node + Protobuf.field(1, account + Protobuf.field(3, UInt64(3)))),
            Malformed(
                "a status beyond all",
                node + Protobuf.field(1, account + Protobuf.field(3, UInt64(256)))),
            Malformed(
                "available below zero",
                node + Protobuf.field(1, account + Protobuf.field(4, Int64(-1)))),
            Malformed(
                "held below zero",
                node + Protobuf.field(1, account + Protobuf.field(5, Int64(-1)))),
            Malformed(
                "incoming below zero",
                node + Protobuf.field(1, account + Protobuf.field(6, Int64(-1)))),
            Malformed(
                "unknown in an account", node + Protobuf.field(1, account + Protobuf.unknown)),
            Malformed("no account id", node + Protobuf.field(1, Protobuf.field(2, "EUR"))),
            Malformed(
                "a clearing twice",
                node + Protobuf.field(2, clearing) + Protobuf.field(2, clearing)),
            Malformed(
                "inbound below zero",
                node + Protobuf.field(2, clearing + Protobuf.field(4, Int64(-1)))),
            Malformed(
                "outbound below zero",
                node + Protobuf.field(2, clearing + Protobuf.field(5, Int64(-1)))),
            Malformed(
                "unknown in a clearing", node + Protobuf.field(2, clearing + Protobuf.unknown)),
            Malformed("cash twice", node + Protobuf.field(3, posting) + Protobuf.field(3, posting)),
            Malformed("a step twice", node + Protobuf.field(4, held) + Protobuf.field(4, held)),
            Malformed(
                "a step with postings",
                node + Protobuf.field(4, held + Protobuf.field(6, posting))),
        ])
    func ledger(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Ledger(encodedState: malformed.bytes) }
    }

    private static let shelf = Protobuf.field(1, "lamp")
    private static let taken = Protobuf.field(1, Samples.saga.bytes)

    @Test(
        "is refused by a stock",
        arguments: [
            Malformed("no protobuf", [0xff]),
            Malformed("a shelf twice", Protobuf.field(1, shelf) + Protobuf.field(1, shelf)),
            Malformed("free below zero", Protobuf.field(1, shelf + Protobuf.field(2, Int64(-1)))),
            Malformed(
                "reserved below zero", Protobuf.field(1, shelf + Protobuf.field(3, Int64(-1)))),
            Malformed("unknown in a shelf", Protobuf.field(1, shelf + Protobuf.unknown)),
            Malformed("a step twice", Protobuf.field(2, taken) + Protobuf.field(2, taken)),
            Malformed("unknown in a reservation", Protobuf.field(2, taken + Protobuf.unknown)),
        ])
    func stock(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Stock(encodedState: malformed.bytes) }
    }

    private static let question = Protobuf.field(1, Samples.saga.bytes)

    @Test(
        "is refused by an approval",
        arguments: [
            Malformed("no protobuf", [0xff]),
            Malformed("no saga", Protobuf.field(1, [])),
            Malformed(
                "a question twice", Protobuf.field(1, question) + Protobuf.field(1, question)),
            Malformed("step 16", Protobuf.field(1, question + Protobuf.field(2, UInt64(16)))),
            Malformed("unknown in a question", Protobuf.field(1, question + Protobuf.unknown)),
        ])
    func approval(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Approval(encodedState: malformed.bytes) }
    }
}
