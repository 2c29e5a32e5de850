import Ledger
import Saga
import Testing

/// A step that the lost end of the log may have held: it is held again where the books and all
/// limits admit it. Otherwise it waits: the step after it may have been confirmed.
@Suite("Reserving a step again after a loss")
struct ReserveAgainTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let given: Ledger
        let when: StepRequest<LedgerAction>
        let then: Refusal

        init(
            _ description: String, given: Ledger, when: StepRequest<LedgerAction>, refusal: Refusal
        ) {
            (testDescription, self.given, self.when, then) = (description, given, when, refusal)
        }
    }

    private static let forward = ReserveTests.forward(money(100))
    private static let credit = ReserveTests.credit(money(100))

    @Test("A payee's account that was frozen since does not refuse it, as it would a new step")
    func frozen() throws {
        var ledger = ReserveTests.payee(.frozen)
        let request = Self.credit
        #expect(throws: Refusal.creditorFrozen) { try ledger.reserve(request) }
        let reservation = try ledger.reserveAgain(request)
        #expect(!reservation.isDeciding)
        for fact in reservation.facts {
            try foldsAndSumsToZero(fact, in: ledger)
            try ledger.apply(fact)
        }
        #expect(ledger.holds(request.id))
        var (confirmed, cancelled) = (ledger, ledger)
        for fact in ledger.confirm(request.id) { try confirmed.apply(fact) }
        for fact in ledger.cancel(request.id) { try cancelled.apply(fact) }
        #expect(!confirmed.holds(request.id) && !cancelled.holds(request.id))
    }

    /// What the books cannot hold, or a limit does not admit: a peer's word that it was held before
    /// goes past neither.
    static let impossible: [Row] = [
        .init(
            "transit that is blocked",
            given: books(with: [bankA: Clearing(limit: 100)], blocking: [bankA], at: bankB),
            when: forward, refusal: .transitNotAllowed),
        .init(
            "an exposure limit", given: books(with: [bankA: Clearing(limit: 99)], at: bankB),
            when: forward, refusal: .exposureExceeded),
        .init(
            "no exposure limit at all", given: books(at: bankB), when: forward,
            refusal: .exposureExceeded),
        .init(
            "a limit on what is owed",
            given: books(
                with: [bankA: Clearing(limit: 100), bankC: Clearing(owedLimit: 99)], at: bankB),
            when: forward, refusal: .owedLimitExceeded),
        .init(
            "a payee's exposure limit", given: ReserveTests.payee(limit: 99), when: credit,
            refusal: .exposureExceeded),
        .init(
            "a frozen payee's exposure limit", given: ReserveTests.payee(.frozen, limit: 99),
            when: credit, refusal: .exposureExceeded),
        .init(
            "no such payee", given: books(with: [bankA: Clearing(limit: 100)], at: bankB),
            when: credit, refusal: .unknownCreditor),
        .init(
            "a closed payee", given: ReserveTests.payee(.closed), when: credit,
            refusal: .creditorClosed),
        .init(
            "a payee in another currency", given: ReserveTests.payee(),
            when: ReserveTests.credit(money(1, yen)), refusal: .creditorCurrency),
        .init(
            "a payee without room", given: ReserveTests.payee(funds: .max), when: credit,
            refusal: .balanceTooLarge),
        .init(
            "no room for what the bank before owes",
            given: books(
                with: [bankA: Clearing(balance: Int64.min + 6, limit: .max)], at: bankB),
            when: forward, refusal: .exposureExceeded),
        .init(
            "no room for what is owed to the next bank",
            given: books(
                with: [bankA: Clearing(limit: 100), bankC: Clearing(outbound: .max - 5)],
                at: bankB),
            when: forward, refusal: .balanceTooLarge),
        .init(
            "a debit that is not covered", given: ReserveTests.payer(funds: 1),
            when: ReserveTests.debit(money(100)), refusal: .insufficientFunds),
    ]

    @Test("What cannot be held is not", arguments: impossible)
    func refused(_ row: Row) {
        #expect(throws: row.then) { try row.given.reserveAgain(row.when) }
    }

    @Test("What a new step may do, a repeated one may do in the same way", arguments: [
        ReserveTests.debit(money(1)), ReserveTests.inside(money(1)), request([]),
    ])
    func same(_ request: StepRequest<LedgerAction>) throws {
        let ledger = ReserveTests.both(payer: .open, payee: .open)
        #expect(try ledger.reserveAgain(request) == ledger.reserve(request))
    }

    /// Each is as much as the bank before may owe.
    static let admitted: [(StepRequest<LedgerAction>, Ledger)] = [
        (forward, ReserveTests.correspondent), (credit, ReserveTests.payee),
    ]

    @Test("Up to the limits it is held", arguments: admitted)
    func withinLimits(_ request: StepRequest<LedgerAction>, _ ledger: Ledger) throws {
        #expect(try ledger.reserveAgain(request) == ledger.reserve(request))
        #expect(try ledger.reserveAgain(request).facts.count == 1)
    }
}
