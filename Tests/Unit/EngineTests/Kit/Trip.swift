import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import Testing
import Wire

/// One saga, and all that can be said about it.
struct Trip: Sendable, CustomTestStringConvertible {
    var id: CommandID
    var content: Content<Action>
    var deadline: Timestamp
    /// Who owns which step; the content may not be readable.
    var owners: [NodeName]

    init(
        _ content: Content<Action>, owners: [NodeName], number: UInt64 = 1,
        deadline: Timestamp = Bench.start + .seconds(30)
    ) {
        id = CommandID(number)
        self.content = content
        self.deadline = deadline
        self.owners = owners
    }

    init(
        _ route: Route, number: UInt64 = 1, deadline: Timestamp = Bench.start + .seconds(30),
        reference: String = ""
    ) {
        self.init(
            .encode(route, reference: reference, for: Party.self),
            owners: route.steps.map(\.node), number: number, deadline: deadline)
    }

    var testDescription: String { owners.map(\.text).joined(separator: " to ") }

    /// The itinerary, where the content can be read.
    var route: Route {
        guard case .understood(let route) = content.reading else { return Route(steps: []) }
        return route
    }

    /// The name of the saga at all nodes.
    var saga: SagaID { SagaID(id, contentHash: content.hash) }

    func step(_ number: Int) -> StepID { StepID(saga: saga, number: number) }

    /// What the neighbour of step `number` says to its owner.
    ///
    /// - Parameter sender: The sender, if it is not the neighbour that should say it.
    func word(
        _ prompt: Prompt, _ number: Int, from sender: NodeName? = nil,
        refusal: Refusal = .soldOut
    ) -> Word {
        let neighbour = owners[wrapped: prompt.travelsForward ? number - 1 : number + 1]
        var word = Word(
            prompt, from: sender ?? neighbour, to: owners[wrapped: number], step: step(number))
        if prompt == .reserve {
            word.content = content.bytes
            word.deadline = deadline
        }
        if prompt == .cancel { word.refusal = refusal }
        return word
    }
}

extension Array {
    /// Beyond its ends it begins again: for words about steps that are not there.
    fileprivate subscript(wrapped index: Int) -> Element {
        self[(index % count + count) % count]
    }
}

extension Route {
    init(_ steps: [(NodeName, [Action])]) {
        self.init(steps: steps.map { Step(node: $0, actions: $1) })
    }

    /// From `payer` to `payee`, over `correspondents`.
    static func pay(
        _ amount: Amount, from payer: AccountID, to payee: AccountID,
        over correspondents: [NodeName] = []
    ) -> Route {
        guard payer.node != payee.node else {
            return Route([(payer.node, [.debit(payer, amount), .credit(payee, amount)])])
        }
        return Route(
            [(payer.node, [.debit(payer, amount)])]
                + correspondents.map { ($0, [.forward(amount)]) }
                + [(payee.node, [.credit(payee, amount)])])
    }

    /// From Alice to Bob, then a lamp of her own bank and `lamps` of the shop: bank-a comes twice,
    /// and needs a lamp. No money comes back to it, which the ledgers would refuse.
    static func twice(_ amount: Amount, lamps: Int64 = 1) -> Route {
        Route.pay(amount, from: .alice, to: .bob).then(.bankA, .take(1)).then(.shop, .take(lamps))
    }

    func then(_ node: NodeName, _ actions: Action...) -> Route {
        Route(steps: steps + [.init(node: node, actions: actions)])
    }

    /// The same with one more action in step `number`.
    func adding(_ action: Action, to number: Int) -> Route {
        var steps = steps
        steps[number] = .init(
            node: steps[number].node, actions: steps[number].actions + [action])
        return Route(steps: steps)
    }
}
