import APIModels
import Ledger
import Saga

/// What a client wants, and how it goes about it. A value that follows from the client's dice.
struct Order: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// Between two accounts that have enough.
        case ordinary
        /// From or to the account that everybody uses.
        case hot
        /// Over a third bank.
        case correspondent
        /// From an account that never has anything.
        case poor
        /// To an account that does not exist.
        case unknownSender
        /// With a deadline that faults make pass.
        case hurried
        /// Given up by its client at once.
        case abandoned
        /// Two contents sent at the same time under one UUID.
        case contested
    }

    let kind: Kind
    /// One, or with ``Kind/contested`` two that have their UUID in common.
    let requests: [TransferRequest]

    var id: CommandID { requests[0].id }
    var bank: String { requests[0].payer.node.text }

    static let richPerBank = 4
    static let hot = "acct-hot00001@bank-a"
    static func rich(_ number: Int, at bank: String) -> String { "acct-rich000\(number)@\(bank)" }
    static func poor(at bank: String) -> String { "acct-poor0001@\(bank)" }

    /// A client's next order, chosen at random.
    static func next(_ dice: inout Dice) throws -> Order {
        let kind = kind(dice.roll(0..<100))
        let payingBank = dice.pick(Stack.banks)
        let others = Stack.banks.filter { $0 != payingBank }
        // A third of all stays in the bank.
        let receivingBank = kind != .correspondent && dice.falls(percent: 33)
            ? payingBank : dice.pick(others)
        let payee = dice.roll(0..<richPerBank)
        // Never the payee's number: no account pays itself.
        let payer = (payee + dice.roll(1..<richPerBank)) % richPerBank
        var from = rich(payer, at: payingBank)
        var to = rich(payee, at: receivingBank)
        switch kind {
        case .poor: from = poor(at: payingBank)
        case .unknownSender: to = "acct-nobody01@\(receivingBank)"
        case .hot: if dice.falls(percent: 50) { from = hot } else { to = hot }
        case .ordinary, .correspondent, .hurried, .abandoned, .contested: break
        }
        let via = kind == .correspondent ? others.filter { $0 != receivingBank } : nil
        let timeout = kind == .hurried ? "\(dice.roll(200..<3_000))ms" : "1h"
        let id = CommandID(high: dice.next(), low: dice.next())
        let amount = Int64(dice.roll(1..<100))
        let amounts = kind == .contested ? [amount, amount + 100] : [amount]
        return Order(
            kind: kind,
            requests: try amounts.map {
                try TransferRequest(
                    id: "\(id)", from: from, to: to, via: via, amount: $0, currency: "EUR",
                    timeout: timeout)
            })
    }

    private static func kind(_ roll: Int) -> Kind {
        switch roll {
        case 0..<45: .ordinary
        case 45..<65: .hot
        case 65..<73: .correspondent
        case 73..<78: .poor
        case 78..<83: .unknownSender
        case 83..<90: .hurried
        case 90..<95: .abandoned
        default: .contested
        }
    }

    /// The same UUID with other content, which no bank may ever accept.
    func forged() throws -> TransferRequest {
        let request = requests[0]
        return try TransferRequest(
            id: "\(request.id)", from: request.payer.text, to: request.payee.text,
            via: request.via?.map(\.text), amount: request.amount.minorUnits + 1_000,
            currency: "EUR", timeout: request.timeout?.text)
    }
}

extension Order.Kind {
    /// Whether such an order may end so, whatever happens to the stack.
    func mayEnd(as state: TransferState) -> Bool {
        switch (self, state) {
        case (_, .unknown), (_, .ambiguous), (_, .pending): false
        case (.ordinary, _), (.hot, _), (.correspondent, _), (.contested, _): state == .settled
        case (.poor, _): state == .refused(.insufficientFunds)
        case (.unknownSender, .rolledBack(let refusal)), (.unknownSender, .refused(let refusal)):
            refusal == .unknownCreditor
        case (.unknownSender, .settled): false
        case (.hurried, _), (.abandoned, _): true
        }
    }
}
