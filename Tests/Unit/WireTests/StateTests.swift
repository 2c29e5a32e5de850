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

    /// A ledger's state with those fields, and with its node behind them: in front of them it would
    /// be out of place, and the state refused for that alone.
    private static func ofBankA(_ fields: [UInt8]) -> [UInt8] {
        fields + Protobuf.field(5, "bank-a")
    }

    private static let account =
        Protobuf.field(1, "acct-alice001@bank-a") + Protobuf.field(2, "EUR")
    private static let clearing = Protobuf.field(1, "bank-b") + Protobuf.field(2, "EUR")
    private static let posting =
        Protobuf.field(1, "cash") + Protobuf.field(2, Protobuf.field(2, "EUR"))
    private static let step = Protobuf.field(1, Samples.step.wire)
    private static let held = step + Protobuf.field(2, [])

    @Test("written by hand is read")
    func byHand() throws {
        let fields =
            Protobuf.field(1, Self.account) + Protobuf.field(2, Self.clearing)
            + Protobuf.field(3, Self.posting) + Protobuf.field(4, Self.held)
        let ledger = try Ledger(encodedState: Self.ofBankA(fields))
        #expect(ledger.accounts == [Samples.alice: Account(currency: Samples.euro)])
        #expect(Array(ledger.heldSteps.keys) == [Samples.step])
        let stock = try Stock(
            encodedState: Protobuf.field(1, Self.shelf) + Protobuf.field(2, Self.taken))
        #expect(stock == Stock(shelves: ["lamp": .init()], reservations: [Samples.step: []]))
        let approval = try Approval(encodedState: Protobuf.field(1, Self.question))
        #expect(approval == Approval(questions: [Samples.step: .init(subject: "")]))
    }

    @Test(
        "is refused by a ledger",
        arguments: [
            Malformed("without node", []),
            Malformed("no protobuf", [0xff]),
            Malformed(
                "an account twice",
                ofBankA(Protobuf.field(1, account) + Protobuf.field(1, account))),
            Malformed(
                "an unknown status",
                ofBankA(Protobuf.field(1, account + Protobuf.field(3, UInt64(3))))),
            Malformed(
                "a status beyond all",
                ofBankA(Protobuf.field(1, account + Protobuf.field(3, UInt64(256))))),
            Malformed(
                "available below zero",
                ofBankA(Protobuf.field(1, account + Protobuf.field(4, Int64(-1))))),
            Malformed(
                "held below zero",
                ofBankA(Protobuf.field(1, account + Protobuf.field(5, Int64(-1))))),
            Malformed(
                "incoming below zero",
                ofBankA(Protobuf.field(1, account + Protobuf.field(6, Int64(-1))))),
            Malformed(
                "unknown in an account", ofBankA(Protobuf.field(1, account + Protobuf.unknown))),
            Malformed("no account id", ofBankA(Protobuf.field(1, Protobuf.field(2, "EUR")))),
            Malformed(
                "a clearing twice",
                ofBankA(Protobuf.field(2, clearing) + Protobuf.field(2, clearing))),
            Malformed(
                "inbound below zero",
                ofBankA(Protobuf.field(2, clearing + Protobuf.field(4, Int64(-1))))),
            Malformed(
                "outbound below zero",
                ofBankA(Protobuf.field(2, clearing + Protobuf.field(5, Int64(-1))))),
            Malformed(
                "a limit of what is owed below zero",
                ofBankA(Protobuf.field(2, clearing + Protobuf.field(7, Int64(-1))))),
            Malformed(
                "no limit of what is owed, spelled out",
                ofBankA(Protobuf.field(2, clearing + Protobuf.field(7, Int64.max)))),
            Malformed(
                "unknown in a clearing", ofBankA(Protobuf.field(2, clearing + Protobuf.unknown))),
            Malformed(
                "cash twice", ofBankA(Protobuf.field(3, posting) + Protobuf.field(3, posting))),
            Malformed("transit of no peer", ofBankA([]) + Protobuf.field(6, "A")),
            Malformed(
                "transit of a peer twice",
                ofBankA([]) + Protobuf.field(6, "bank-b") + Protobuf.field(6, "bank-b")),
        ])
    func ledger(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Ledger(encodedState: malformed.bytes) }
    }

    @Test(
        "is refused by a ledger where a held step is wrong",
        arguments: [
            Malformed("there twice", Protobuf.field(4, held) + Protobuf.field(4, held)),
            Malformed("without a name", Protobuf.field(4, Protobuf.field(2, []))),
            Malformed("with a short name", Protobuf.field(4, shortName + Protobuf.field(2, []))),
            Malformed("without what it holds", Protobuf.field(4, step)),
            Malformed(
                "with postings",
                Protobuf.field(4, step + Protobuf.field(2, Protobuf.field(4, posting)))),
            Malformed("with something unknown", Protobuf.field(4, held + Protobuf.unknown)),
            Malformed(
                "with something unknown inside",
                Protobuf.field(4, step + Protobuf.field(2, Protobuf.unknown))),
            Malformed(
                "with the old fields",
                Protobuf.field(
                    4, Protobuf.field(1, UInt64(1)) + Protobuf.field(2, Samples.command.bytes))),
        ])
    func heldSteps(_ malformed: Malformed) {
        #expect(throws: WireError.self) {
            try Ledger(encodedState: Self.ofBankA(malformed.bytes))
        }
    }

    private static let nameWithoutNumber = Array(Samples.step.wire.dropLast())
    private static let shortName = Protobuf.field(1, nameWithoutNumber)

    private static let shelf = Protobuf.field(1, "lamp")
    private static let taken = step + Protobuf.field(2, [])
    private static let oldName =
        Protobuf.field(1, Samples.command.bytes) + Protobuf.field(2, UInt64(1))

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
            Malformed("a reservation of nothing", Protobuf.field(2, step)),
            Malformed("no step", Protobuf.field(2, Protobuf.field(2, []))),
            Malformed("a short name", Protobuf.field(2, shortName + Protobuf.field(2, []))),
            Malformed("a reservation with the old fields", Protobuf.field(2, oldName)),
        ])
    func stock(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Stock(encodedState: malformed.bytes) }
    }

    private static let question = step
    private static let step16 = Protobuf.field(1, nameWithoutNumber + [16])

    @Test(
        "is refused by an approval",
        arguments: [
            Malformed("no protobuf", [0xff]),
            Malformed("no step", Protobuf.field(1, [])),
            Malformed("a short name", Protobuf.field(1, shortName)),
            Malformed(
                "a question twice", Protobuf.field(1, question) + Protobuf.field(1, question)),
            Malformed("step 16", Protobuf.field(1, step16)),
            Malformed("unknown in a question", Protobuf.field(1, question + Protobuf.unknown)),
            Malformed("a question with the old fields", Protobuf.field(1, oldName)),
        ])
    func approval(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Approval(encodedState: malformed.bytes) }
    }
}
