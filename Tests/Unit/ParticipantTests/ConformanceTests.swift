import Approval
import Ledger
import Saga
import Stock
import Testing

@Suite("What every participant owes the engine")
struct ConformanceTests {
    static let shelf = Stock(shelves: ["tea": .init(free: 3)])

    static let ledgerRequests: [StepRequest<LedgerAction>] = [
        request([TestBank.debit(30), TestBank.credit(30)]),
        request([TestBank.debit(100)], to: TestBank.peer),
        request([TestBank.credit(50)], as: step(1), from: TestBank.peer),
        request(
            [.forward(TestBank.money(50))], as: step(1), from: TestBank.peer, to: TestBank.peer),
    ]

    @Test("A ledger is a participant", arguments: ledgerRequests)
    func ledger(_ request: StepRequest<LedgerAction>) throws {
        try checkParticipant(
            TestBank.ledger, reserving: request,
            refusing: (
                StepRequest(
                    id: step(), actions: [TestBank.debit(101)], previous: nil, next: TestBank.peer),
                .insufficientFunds
            ))
    }

    @Test("A stock is a participant", arguments: [[1], [3], [1, 1, 1]] as [[Int64]])
    func stock(counts: [Int64]) throws {
        try checkParticipant(
            Self.shelf, reserving: request(counts.map { .take(units($0)) }),
            refusing: (request([.take(units(4))]), .soldOut))
    }

    @Test("An approval is a participant")
    func approval() throws {
        try checkParticipant(Approval(), reserving: request([.approve(subject: "a loan")]))
    }

    typealias BankShop = Pair<Ledger, Stock>

    static let bankShopRequests: [StepRequest<BankShop.Action>] = [
        request([.first(TestBank.debit(30))], to: TestBank.peer),
        request([.second(.take(units(2)))]),
        request(
            [.first(TestBank.debit(30)), .second(.take(units(2))), .first(TestBank.credit(30))]),
    ]

    @Test("A bank with a shelf is a participant", arguments: bankShopRequests)
    func bankShop(_ wanted: StepRequest<BankShop.Action>) throws {
        try checkParticipant(
            Pair(TestBank.ledger, Self.shelf), reserving: wanted,
            refusing: (request([.second(.take(units(4)))]), .soldOut))
    }

    typealias CarefulBank = Pair<Ledger, Approval>

    static let carefulBankRequests: [StepRequest<CarefulBank.Action>] = [
        request([.first(TestBank.debit(30))], to: TestBank.peer),
        request([.second(.approve(subject: "a loan"))]),
        request(
            [.first(TestBank.debit(30)), .second(.approve(subject: "a loan"))], to: TestBank.peer),
    ]

    @Test("A bank that asks for approval is a participant", arguments: carefulBankRequests)
    func carefulBank(_ wanted: StepRequest<CarefulBank.Action>) throws {
        try checkParticipant(
            Pair(TestBank.ledger, Approval()), reserving: wanted,
            refusing: (request([.first(TestBank.debit(101))]), .insufficientFunds))
    }

    @Test("Pairs nest: three participants at one node are one")
    func nestedPair() throws {
        try checkParticipant(
            Pair(Pair(TestBank.ledger, Self.shelf), Approval()),
            reserving: request(
                [
                    .second(.approve(subject: "a case of tea")),
                    .first(.second(.take(units(3)))),
                    .first(.first(TestBank.debit(30))),
                ], to: TestBank.peer),
            refusing: (request([.first(.second(.take(units(4))))]), .soldOut))
    }
}
