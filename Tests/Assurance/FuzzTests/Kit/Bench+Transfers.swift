import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import TestKit
import Wire

// Transfers in flight at the bench.
extension Bench {
    static func amount(_ minorUnits: Int64) -> Amount {
        known(Amount(minorUnits: minorUnits, currency: euro))
    }

    static let (bankB, hub, shop) = (peers[0], peers[1], peers[2])

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

    /// A peer asks for the next step: what its own log says of the step before.
    static func reserved(
        _ saga: UInt64, _ content: Content<Party.Action>, next: NodeName = node
    ) -> Event<Party.Fact> {
        .stepDecided(
            StepDecided(
                step: step(saga, 0, content), state: .reserved, previous: nil, next: next,
                content: content.bytes, deadline: deadline, fingerprint: .zero, principal: clerk))
    }

    /// A peer answers the step before.
    static func closed(
        _ saga: UInt64, _ number: Int, _ content: Content<Party.Action>, _ refusal: Refusal? = nil
    ) -> Event<Party.Fact> {
        .stepDecided(
            StepDecided(
                step: step(saga, number, content), state: refusal == nil ? .confirmed : .cancelled,
                refusal: refusal, previous: node, next: nil))
    }

    /// A peer asks for the next step to be given up.
    static func abandoned(
        _ saga: UInt64, _ content: Content<Party.Action>
    ) -> Event<Party.Fact> {
        .abandonRequested(
            AbandonRequested(step: step(saga, 0, content), next: node, principal: nil))
    }

    static func step(
        _ saga: UInt64, _ number: Int, _ content: Content<Party.Action>
    ) -> StepID {
        StepID(saga: SagaID(CommandID(saga), contentHash: content.hash), number: number)
    }

    /// What has come in before any input is tried.
    static let arrivals: [(peer: NodeName, event: Event<Party.Fact>)] = [
        (bankB, reserved(2, passing)),
        (hub, reserved(3, purchase)),
        (bankB, reserved(4, consent)),
        (bankB, reserved(5, incoming)),
    ]
}
