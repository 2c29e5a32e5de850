import Approval
import Ledger
import Saga
import Stock
import TestKit

func node(_ text: String) -> NodeName {
    guard let node = NodeName(text) else { preconditionFailure("\(text) is no node's name") }
    return node
}

func step(_ number: Int = 0, of saga: UInt64 = 1) -> StepID {
    StepID(saga: SagaID(CommandID(high: 0, low: saga), contentHash: .zero), number: number)
}

/// The hash of another content than the one of ``step(_:of:)``.
let otherContent = known(Hash(bytes: [UInt8](repeating: 1, count: 32)))

func units(_ count: Int64, of item: String = "tea") -> Stock.Units {
    guard let units = Stock.Units(count, of: item) else {
        preconditionFailure("\(count) of \(item) are no units")
    }
    return units
}

func request<Action>(
    _ actions: [Action], as id: StepID = step(), from previous: NodeName? = nil,
    to next: NodeName? = nil
) -> StepRequest<Action> {
    StepRequest(id: id, actions: actions, previous: previous, next: next)
}

/// A bank with Alice, who has 100 euros, and Anna, who has none.
enum TestBank {
    static let bank = Cast.bankA
    static let peer = Cast.bankB
    static let alice = Cast.alice
    static let anna = Cast.anna

    static let ledger = Ledger(
        node: bank,
        accounts: [
            alice: Account(currency: euro, available: 100), anna: Account(currency: euro),
        ],
        clearings: [.init(peer: peer, currency: euro): Clearing(limit: 50)], ownBooks: [:],
        heldSteps: [])

    static let euro = Cast.euro

    static func money(_ minorUnits: Int64) -> Amount {
        guard let amount = Amount(minorUnits: minorUnits, currency: euro) else {
            preconditionFailure("\(minorUnits) is no amount")
        }
        return amount
    }

    static func debit(_ minorUnits: Int64) -> LedgerAction { .debit(alice, money(minorUnits)) }
    static func credit(_ minorUnits: Int64) -> LedgerAction { .credit(anna, money(minorUnits)) }
}
