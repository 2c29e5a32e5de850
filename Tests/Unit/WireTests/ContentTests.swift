import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

@Suite("A content")
struct ContentTests {
    @Test("says its itinerary and reference again, byte for byte")
    func roundTrip() {
        let content = Samples.purchaseContent
        let again = Content.decode(content.bytes, for: Everything.self)
        #expect(again.reading == .understood(Samples.purchase))
        #expect(again.reading == content.reading)
        #expect(again.bytes == content.bytes)
        #expect(again.hash == .sha256(of: content.bytes))
        #expect(again.hash == content.hash)
        #expect(Samples.transferContent.reference == "invoice 7")
        #expect(content.reference == "")
    }

    @Test("counts the actions of other participants as foreign")
    func foreignActions() {
        let content = Content.decode(Samples.purchaseContent.bytes, for: Ledger.self)
        let ledgerActions = Samples.ledgerActions
        let others = Samples.actions.count - ledgerActions.count
        #expect(
            content.reading
                == .understood(
                    Itinerary(steps: [
                        .init(
                            node: Samples.bankA,
                            actions: [.debit(Samples.alice, Samples.hundred)]),
                        .init(
                            node: Samples.bankB, actions: ledgerActions, foreignActions: others),
                        .init(node: Samples.shop, actions: [], foreignActions: 1),
                    ])))
    }

    @Test("is read by its origin as by everybody else", arguments: [0, 1, 140, 141, 500])
    func originReadsTheSame(_ characters: Int) {
        let content = Content.encode(
            Samples.transfer, reference: String(repeating: "ß", count: characters),
            for: Ledger.self)
        #expect(Content.decode(content.bytes, for: Ledger.self).reading == content.reading)
        let owners = [Samples.bankA, Samples.bankB]
        #expect((content.reading == .unknownParts(owners: owners)) == (characters > 140))
    }

    @Test("has a reference whose length no combining mark hides")
    func referenceIsCountedInScalars() {
        let content = Content.encode(
            Samples.transfer, reference: "e" + String(repeating: "\u{301}", count: 140),
            for: Ledger.self)
        #expect(content.reading == .unknownParts(owners: [Samples.bankA, Samples.bankB]))
    }

    @Test("without steps cannot be read, not even by its origin")
    func noSteps() {
        let content = Content.encode(
            Itinerary<LedgerAction>(steps: []), reference: "", for: Ledger.self)
        #expect(content.reading == .unreadable)
    }

    private static let kind = Protobuf.field(1, "take")
    private static let body = Protobuf.field(2, Stock.encode(.take(Samples.lamps)))
    private static let node = Protobuf.field(1, "shop")
    private static let action = Protobuf.field(2, kind + body)
    private static let step = Protobuf.field(1, node + action)
    private static let reference = Protobuf.field(2, "invoice 7")

    @Test("written by hand is understood")
    func byHand() {
        let content = Content.decode(Self.step + Self.reference, for: Stock.self)
        let itinerary = Itinerary<StockAction>(
            steps: [.init(node: Samples.shop, actions: [.take(Samples.lamps)])])
        #expect(content.reading == .understood(itinerary))
        #expect(content.reference == "invoice 7")
    }

    @Test(
        "has unknown parts",
        arguments: [
            Malformed("in itself", step + Protobuf.unknown),
            Malformed("in a step", Protobuf.field(1, node + action + Protobuf.unknown)),
            Malformed(
                "in an action",
                Protobuf.field(1, node + Protobuf.field(2, kind + body + Protobuf.unknown))),
            Malformed(
                "in an action of another participant",
                Protobuf.field(
                    1,
                    node + action
                        + Protobuf.field(2, Protobuf.field(1, "refund") + Protobuf.unknown))),
            Malformed(
                "in a body",
                Protobuf.field(
                    1,
                    node
                        + Protobuf.field(
                            2,
                            kind
                                + Protobuf.field(
                                    2, Stock.encode(.take(Samples.lamps)) + Protobuf.unknown)))),
            Malformed("as a body is missing", Protobuf.field(1, node + Protobuf.field(2, kind))),
            Malformed(
                "as its reference is too long",
                step + Protobuf.field(2, String(repeating: "x", count: 141))),
        ])
    func unknownParts(_ malformed: Malformed) {
        let content = Content.decode(malformed.bytes, for: Stock.self)
        #expect(content.reading == .unknownParts(owners: [Samples.shop]))
        #expect(content.node(at: 0) == Samples.shop)
    }

    @Test(
        "cannot be read",
        arguments: [
            Malformed("empty", []),
            Malformed("without steps", reference),
            Malformed("as no protobuf", [0xff, 0xff]),
            Malformed("cut", Array(step.dropLast())),
            Malformed("with a node of no name", Protobuf.field(1, action)),
            Malformed("with a wrong name", Protobuf.field(1, Protobuf.field(1, "Shop") + action)),
            Malformed("with one wrong name of two", step + Protobuf.field(1, action)),
            Malformed("with text that is not UTF-8", step + Protobuf.field(2, [0xff])),
            Malformed("with a deadline inside", step + Protobuf.field(2, UInt64(5))),
        ])
    func unreadable(_ malformed: Malformed) {
        let content = Content.decode(malformed.bytes, for: Stock.self)
        #expect(content.reading == .unreadable)
        #expect(content.hash == .sha256(of: malformed.bytes))
    }

    @Test("that cannot be decoded has no reference")
    func noReference() {
        #expect(Content.decode([0xff], for: Ledger.self).reference == nil)
        // A step that is none, and a reference behind it.
        let behind: [UInt8] = [0x0a, 0x01, 0xff, 0x12, 0x01, 0x41]
        #expect(Content.decode(behind, for: Ledger.self).reference == nil)
    }
}
