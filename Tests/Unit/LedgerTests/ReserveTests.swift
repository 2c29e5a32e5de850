import Ledger
import Saga
import Testing

@Suite("Reserving a step")
struct ReserveTests {
    static let payer = books([alice: Account(currency: euro, available: 100)])
    static let payee = books(
        [bob: Account(currency: euro)], with: [bankA: Clearing(limit: 100)], at: bankB)
    static let correspondent = books(with: [bankA: Clearing(limit: 100)], at: bankB)

    static func debit(_ amount: Amount) -> StepRequest<LedgerAction> {
        request([.debit(alice, amount)], to: bankB)
    }

    static func credit(_ amount: Amount) -> StepRequest<LedgerAction> {
        request([.credit(bob, amount)], from: bankA)
    }

    static func forward(_ amount: Amount) -> StepRequest<LedgerAction> {
        request([.forward(amount)], from: bankA, to: bankC)
    }

    static func inside(_ amount: Amount) -> StepRequest<LedgerAction> {
        request([.debit(alice, amount), .credit(anna, amount)])
    }

    static func payer(
        _ status: Account.Status = .open, funds: Int64 = 100, outbound: Int64 = 0,
        owedLimit: Int64? = nil
    ) -> Ledger {
        books(
            [alice: Account(currency: euro, status: status, available: funds)],
            with: [bankB: Clearing(outbound: outbound, owedLimit: owedLimit)])
    }

    static func payee(
        _ status: Account.Status = .open, funds: Int64 = 0, limit: Int64 = 100
    ) -> Ledger {
        books(
            [bob: Account(currency: euro, status: status, available: funds)],
            with: [bankA: Clearing(limit: limit)], at: bankB)
    }

    static func both(payer: Account.Status, funds: Int64 = 100, payee: Account.Status) -> Ledger {
        books([
            alice: Account(currency: euro, status: payer, available: funds),
            anna: Account(currency: euro, status: payee),
        ])
    }

    static let rules: [ReserveRow] = [
        .init("a debit of all there is", given: payer, when: debit(money(100)), refusal: nil),
        .init("no such payer", given: books(), when: debit(money(1)), refusal: .unknownDebtor),
        .init(
            "a closed payer", given: payer(.closed), when: debit(money(1)),
            refusal: .debtorClosed),
        .init(
            "a frozen payer", given: payer(.frozen), when: debit(money(1)),
            refusal: .debtorFrozen),
        .init(
            "a payer in another currency", given: payer, when: debit(money(1, yen)),
            refusal: .debtorCurrency),
        .init(
            "a cent too little", given: payer, when: debit(money(101)),
            refusal: .insufficientFunds),
        .init(
            "a debit beyond what may be owed to the next bank",
            given: payer(outbound: 96, owedLimit: 100), when: debit(money(5)),
            refusal: .owedLimitExceeded),
        .init(
            "a debit up to what may be owed to the next bank",
            given: payer(outbound: 96, owedLimit: 100), when: debit(money(4)), refusal: nil),
        .init(
            "too much on the way to the next bank", given: payer(outbound: .max - 4),
            when: debit(money(5)), refusal: .balanceTooLarge),

        .init("a credit", given: payee, when: credit(money(100)), refusal: nil),
        .init(
            "no such payee", given: books(with: [bankA: Clearing(limit: 100)], at: bankB),
            when: credit(money(1)), refusal: .unknownCreditor),
        .init(
            "a closed payee", given: payee(.closed), when: credit(money(1)),
            refusal: .creditorClosed),
        .init(
            "a frozen payee", given: payee(.frozen), when: credit(money(1)),
            refusal: .creditorFrozen),
        .init(
            "a payee in another currency", given: payee, when: credit(money(1, yen)),
            refusal: .creditorCurrency),
        .init(
            "a payee without room", given: payee(funds: .max), when: credit(money(1)),
            refusal: .balanceTooLarge),
        .init(
            "a payer's bank at its limit", given: payee, when: credit(money(101)),
            refusal: .exposureExceeded),

        .init("a forward", given: correspondent, when: forward(money(100)), refusal: nil),
        .init(
            "a forward beyond the limit", given: correspondent, when: forward(money(101)),
            refusal: .exposureExceeded),
        .init(
            "a forward in a currency without a limit", given: correspondent,
            when: forward(money(1, yen)), refusal: .exposureExceeded),
        .init(
            "a forward without room to the next bank",
            given: books(
                with: [bankA: Clearing(limit: 100), bankC: Clearing(balance: .max)], at: bankB),
            when: forward(money(1)), refusal: .balanceTooLarge),

        .init(
            "a forward beyond what may be owed to the next bank",
            given: books(
                with: [bankA: Clearing(limit: 100), bankC: Clearing(balance: 9, owedLimit: 9)],
                at: bankB),
            when: forward(money(1)), refusal: .owedLimitExceeded),
        .init(
            "a credit from a bank that is owed as much as may be",
            given: books(
                [bob: Account(currency: euro)],
                with: [bankA: Clearing(balance: 9, limit: 100, owedLimit: 0)], at: bankB),
            when: credit(money(1)), refusal: nil),
        .init(
            "a forward from a bank that may pass nothing through",
            given: books(with: [bankA: Clearing(limit: 100)], blocking: [bankA], at: bankB),
            when: forward(money(1)), refusal: .transitNotAllowed),
        .init(
            "a forward to such a bank",
            given: books(with: [bankA: Clearing(limit: 100)], blocking: [bankC], at: bankB),
            when: forward(money(1)), refusal: nil),
        .init(
            "a credit from such a bank",
            given: books(
                [bob: Account(currency: euro)], with: [bankA: Clearing(limit: 100)],
                blocking: [bankA], at: bankB),
            when: credit(money(1)), refusal: nil),
        .init(
            "a debit to such a bank",
            given: books(
                [alice: Account(currency: euro, available: 1)], blocking: [bankB]),
            when: debit(money(1)), refusal: nil),

        .init(
            "a transfer inside the bank", given: both(payer: .open, payee: .open),
            when: inside(money(100)), refusal: nil),
        .init("no money to move", given: books(), when: request([]), refusal: nil),
    ]

    @Test("A step is admitted, or a rule rejects it, and which one", arguments: rules)
    func isJudged(_ row: ReserveRow) throws { try row.check() }

    /// States that break two neighbouring rules. Closed and frozen exclude each other, and an
    /// account that does not exist breaks no other rule.
    static let precedence: [ReserveRow] = [
        .init(
            "debit: closed before currency", given: payer(.closed), when: debit(money(1, yen)),
            refusal: .debtorClosed),
        .init(
            "debit: closed before funds", given: payer(.closed), when: debit(money(101)),
            refusal: .debtorClosed),
        .init(
            "debit: frozen before currency", given: payer(.frozen), when: debit(money(1, yen)),
            refusal: .debtorFrozen),
        .init(
            "debit: frozen before funds", given: payer(.frozen), when: debit(money(101)),
            refusal: .debtorFrozen),
        .init(
            "debit: currency before funds", given: payer, when: debit(money(101, yen)),
            refusal: .debtorCurrency),
        .init(
            "debit: funds before room to the next bank", given: payer(outbound: .max),
            when: debit(money(101)), refusal: .insufficientFunds),
        .init(
            "debit: funds before what may be owed", given: payer(owedLimit: 0),
            when: debit(money(101)), refusal: .insufficientFunds),
        .init(
            "debit: room to the next bank before what may be owed",
            given: payer(outbound: .max, owedLimit: 0), when: debit(money(1)),
            refusal: .balanceTooLarge),
        .init(
            "debit: unknown before room to the next bank",
            given: books(with: [bankB: Clearing(outbound: .max)]), when: debit(money(1)),
            refusal: .unknownDebtor),

        .init(
            "credit: closed before currency", given: payee(.closed), when: credit(money(1, yen)),
            refusal: .creditorClosed),
        .init(
            "credit: frozen before currency", given: payee(.frozen), when: credit(money(1, yen)),
            refusal: .creditorFrozen),
        .init(
            "credit: frozen before room", given: payee(.frozen, funds: .max),
            when: credit(money(1)), refusal: .creditorFrozen),
        .init(
            "credit: currency before room", given: payee(funds: .max), when: credit(money(1, yen)),
            refusal: .creditorCurrency),
        .init(
            "credit: room before exposure", given: payee(funds: .max, limit: 0),
            when: credit(money(1)), refusal: .balanceTooLarge),
        .init(
            "credit: unknown before exposure", given: books(at: bankB), when: credit(money(1)),
            refusal: .unknownCreditor),
        .init(
            "forward: transit before exposure", given: books(blocking: [bankA], at: bankB),
            when: forward(money(1)), refusal: .transitNotAllowed),
        .init(
            "forward: exposure before what may be owed",
            given: books(with: [bankC: Clearing(owedLimit: 0)], at: bankB),
            when: forward(money(1)), refusal: .exposureExceeded),
        .init(
            "forward: exposure before room to the next bank",
            given: books(with: [bankC: Clearing(balance: .max)], at: bankB),
            when: forward(money(1)), refusal: .exposureExceeded),

        .init(
            "in one bank: an unknown payer before an unknown payee", given: books(),
            when: inside(money(1)), refusal: .unknownDebtor),
        .init(
            "in one bank: a closed payer before a closed payee",
            given: both(payer: .closed, payee: .closed), when: inside(money(1)),
            refusal: .debtorClosed),
        .init(
            "in one bank: a poor payer before a frozen payee",
            given: both(payer: .open, funds: 0, payee: .frozen), when: inside(money(1)),
            refusal: .insufficientFunds),
        .init(
            "in one bank: a poor payer before a closed payee that is named first",
            given: both(payer: .open, funds: 0, payee: .closed),
            when: request([.credit(anna, money(1)), .debit(alice, money(1))]),
            refusal: .insufficientFunds),
    ]

    @Test("Of two rules that say no, the first one answers", arguments: precedence)
    func firstRuleAnswers(_ row: ReserveRow) throws { try row.check() }

    @Test("No rule but those of the books is ever the ledger's")
    func everyRefusalHasARow() {
        let rows = Self.rules.compactMap(\.then)
            + OperationTests.refusals.compactMap { row in
                if case .failure(let refusal) = row.then { refusal } else { nil }
            }
        #expect(Set(rows) == Set(Ledger.refusalReasons.map(\.refusal)))
    }
}
