import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import TestKit
import Wire

// Messages in flight at the bench.
extension Bench {
    static func amount(_ minorUnits: Int64) -> Amount {
        known(Amount(minorUnits: minorUnits, currency: euro))
    }

    private static let (bankB, hub, shop) = (peers[0], peers[1], peers[2])

    private static let hanna = known(AccountID("acct-hanna000@hub"))

    /// From Alice to Bob: held here.
    static let outgoing = content([
        .init(node: node, actions: [.first(.debit(alice, amount(100)))]),
        .init(node: bankB, actions: [.first(.credit(bob, amount(100)))]),
    ])

    /// Through this bank on to another: reserved here, both ways.
    static let passing = content([
        .init(node: bankB, actions: [.first(.debit(bob, amount(50)))]),
        .init(node: node, actions: [.first(.forward(amount(50)))]),
        .init(node: hub, actions: [.first(.credit(hanna, amount(50)))]),
    ])

    /// Ends here, with a shop behind it: reserved until the shop has said so.
    static let purchase = content([
        .init(node: hub, actions: [.first(.debit(hanna, amount(7)))]),
        .init(node: node, actions: [.first(.credit(amir, amount(7)))]),
        .init(node: shop, actions: [.second(.first(.take(known(Stock.Units(1, of: "lamp")))))]),
    ])

    /// Waits for an approval here.
    static let consent = content([
        .init(node: bankB, actions: [.first(.debit(bob, amount(9)))]),
        .init(node: node, actions: [
            .first(.credit(amir, amount(9))), .second(.second(.approve(subject: "a loan"))),
        ]),
        .init(node: shop, actions: [.second(.first(.take(known(Stock.Units(2, of: "lamp")))))]),
    ])

    /// Ends here.
    static let incoming = content([
        .init(node: bankB, actions: [.first(.debit(bob, amount(30)))]),
        .init(node: node, actions: [.first(.credit(amir, amount(30)))]),
    ])

    private static func content(
        _ steps: [Itinerary<Party.Action>.Step]
    ) -> Content<Party.Action> {
        .encode(Itinerary(steps: steps), reference: "invoice 7", for: Party.self)
    }

    /// Of every transfer at the bench.
    static let deadline = start + .seconds(60)

    static func message(
        _ kind: Message.Kind, _ saga: UInt64, _ number: Int, from sender: NodeName,
        _ content: Content<Party.Action>, refusal: Refusal? = nil
    ) -> Message {
        let id = SagaID(CommandID(saga), contentHash: content.hash)
        let isForward = kind.travelsForward
        return Message(
            kind, from: sender, to: node, step: StepID(saga: id, number: number),
            content: isForward ? content.bytes : [], deadline: isForward ? deadline : nil,
            refusal: refusal)
    }

    /// What has come in before any input is tried.
    static let arrivals = [
        message(.reserve, 2, 1, from: bankB, passing),
        message(.reserve, 3, 1, from: hub, purchase),
        message(.reserve, 4, 1, from: bankB, consent),
        message(.reserve, 5, 1, from: bankB, incoming),
    ]
}
