import Ledger
import Saga
import Testing

/// What is admitted can always be confirmed or cancelled, so room is kept at reserve time.
@Suite("Headroom at the ends of what can be counted")
struct HeadroomTests {
    static let deposits: [OperationRow] = [
        .init(
            "up to the end of an account",
            given: books([alice: Account(currency: euro, available: .max - 1)]),
            when: .deposit(money(1), to: alice), fact: .deposited(cashed(1))),
        .init(
            "one beyond the end of an account",
            given: books([alice: Account(currency: euro, available: .max)]),
            when: .deposit(money(1), to: alice), refusal: .balanceTooLarge),
        .init(
            "into the room that a hold's release needs",
            given: books([alice: Account(currency: euro, held: .max)]),
            when: .deposit(money(1), to: alice), refusal: .balanceTooLarge),
        .init(
            "into the room that a credit needs",
            given: books([alice: Account(currency: euro, incoming: .max)]),
            when: .deposit(money(1), to: alice), refusal: .balanceTooLarge),
        .init(
            "into what hold, credit and balance leave",
            given: books([
                alice: Account(currency: euro, available: 1, held: .max - 3, incoming: 1)
            ]),
            when: .deposit(money(1), to: alice), fact: .deposited(cashed(1))),
        .init(
            "one more than hold, credit and balance leave",
            given: books([
                alice: Account(currency: euro, available: 1, held: .max - 3, incoming: 1)
            ]),
            when: .deposit(money(2), to: alice), refusal: .balanceTooLarge),
        .init(
            "down to the end of cash",
            given: books([alice: Account(currency: euro)], cash: .min + 1),
            when: .deposit(money(1), to: alice), fact: .deposited(cashed(1))),
        .init(
            "one below the end of cash",
            given: books([alice: Account(currency: euro)], cash: .min),
            when: .deposit(money(1), to: alice), refusal: .balanceTooLarge),
        .init(
            "all that can be counted", given: books([alice: Account(currency: euro)]),
            when: .deposit(money(.max), to: alice), fact: .deposited(cashed(.max))),
    ]

    static func cashed(_ minorUnits: Int64) -> [Posting] {
        [Posting(.cash, -minorUnits, euro), Posting(.available(alice), minorUnits, euro)]
    }

    @Test("A deposit leaves room for all that is reserved", arguments: deposits)
    func depositsKeepRoom(_ row: OperationRow) throws { try row.check() }

    static let rich = Account(currency: euro, available: .max)

    static let others: [OperationRow] = [
        .init(
            "a withdrawal up to the end of cash", given: books([alice: rich], cash: .max - 1),
            when: .withdraw(money(1), from: alice),
            fact: .withdrawn(cashed(1).reversed().map {
                Posting($0.book, -$0.minorUnits, $0.currency)
            })),
        .init(
            "a withdrawal beyond the end of cash", given: books([alice: rich], cash: .max),
            when: .withdraw(money(1), from: alice), refusal: .balanceTooLarge),
        .init(
            "a peer's payment below the end of cash",
            given: books(cash: .min, with: [bankB: Clearing(balance: -1)]),
            when: .settlePeer(bankB, money(1), .received), refusal: .balanceTooLarge),
        .init(
            "a payment to a peer beyond the end of cash",
            given: books(cash: .max, with: [bankB: Clearing(balance: 1)]),
            when: .settlePeer(bankB, money(1), .paid), refusal: .balanceTooLarge),
        .init(
            "a peer pays the largest debt there is",
            given: books(with: [bankB: Clearing(balance: -.max)]),
            when: .settlePeer(bankB, money(.max), .received),
            fact: .peerSettled([
                Posting(.clearing(bankB), .max, euro), Posting(.cash, -.max, euro),
            ])),
    ]

    @Test("Cash stays within what can be counted", arguments: others)
    func cashStaysWithin(_ row: OperationRow) throws { try row.check() }

    static let reserves: [ReserveRow] = [
        .init(
            "a credit up to the end",
            given: payee(Account(currency: euro, available: 1, held: 2, incoming: .max - 8)),
            when: ReserveTests.credit(money(5)), refusal: nil),
        .init(
            "a credit one beyond the end",
            given: payee(Account(currency: euro, available: 1, held: 2, incoming: .max - 8)),
            when: ReserveTests.credit(money(6)), refusal: .balanceTooLarge),
        .init(
            "a debit up to the end of what is on the way",
            given: payer(Clearing(balance: 3, outbound: .max - 8)),
            when: ReserveTests.debit(money(5)), refusal: nil),
        .init(
            "a debit one beyond the end of what is on the way",
            given: payer(Clearing(balance: 3, outbound: .max - 8)),
            when: ReserveTests.debit(money(6)), refusal: .balanceTooLarge),
        .init(
            "a debit to a peer that owes: what it owes may be paid before, and makes no room",
            given: payer(Clearing(balance: -100, outbound: .max - 5)),
            when: ReserveTests.debit(money(6)), refusal: .balanceTooLarge),
        .init(
            "a credit of all that can be counted", given: payee(Account(currency: euro)),
            when: ReserveTests.credit(money(.max)), refusal: nil),
    ]

    static func payee(_ account: Account) -> Ledger {
        books([bob: account], with: [bankA: Clearing(limit: .max)], at: bankB)
    }

    static func payer(_ clearing: Clearing) -> Ledger {
        books([alice: rich], with: [bankB: clearing])
    }

    @Test("A reserve is admitted only if confirming it fits", arguments: reserves)
    func reservesKeepRoom(_ row: ReserveRow) throws {
        try row.check()
        guard row.then == nil else { return }
        for isConfirmed in [true, false] {
            var bank = Bank(row.given)
            try bank.reserve(row.when)
            if isConfirmed {
                try bank.confirm(row.when.id)
            } else {
                try bank.cancel(row.when.id)
            }
        }
    }

    @Test("A full account gets no second credit while the first is only reserved")
    func incomingKeepsRoom() throws {
        var bank = Bank(Self.payee(Account(currency: euro, available: .max - 10)))
        try bank.reserve(request([.credit(bob, money(10))], from: bankA))
        let second = request([.credit(bob, money(1))], from: bankA, saga: 2)
        #expect(throws: Refusal.balanceTooLarge) { try bank.ledger.reserve(second) }
        #expect(throws: Refusal.balanceTooLarge) {
            try bank.ledger.perform(.deposit(money(1), to: bob))
        }
        try bank.confirm(step(1))
        #expect(bank.account(bob)?.available == .max)
        try bank.perform(.withdraw(money(1), from: bob))
        try bank.reserve(second)
        try bank.confirm(second.id)
        #expect(bank.account(bob)?.available == .max)
    }

    @Test("A debt to a peer at the end of what can be counted is settled and built up again")
    func clearingsFillUp() throws {
        var bank = Bank(Self.payer(Clearing()))
        try bank.reserve(request([.debit(alice, money(.max))], to: bankB))
        try bank.confirm(step(0))
        #expect(bank.clearing(bankB).balance == .max)
        try bank.perform(.deposit(money(1), to: alice))
        let next = request([.debit(alice, money(1))], to: bankB, saga: 2)
        #expect(throws: Refusal.balanceTooLarge) { try bank.ledger.reserve(next) }
        try bank.perform(.settlePeer(bankB, money(1), .paid))
        try bank.reserve(next)
        try bank.confirm(next.id)
        #expect(bank.clearing(bankB).balance == .max)
    }
}

extension Bank {
    init(_ ledger: Ledger) { self.ledger = ledger }
}
