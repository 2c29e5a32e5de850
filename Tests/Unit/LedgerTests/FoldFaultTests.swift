import Ledger
import Saga
import Testing

/// A log that was not written by the ledger's rules: what does not add up is refused.
@Suite("Facts that do not add up")
struct FoldFaultTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let given: [LedgerFact]
        let fact: LedgerFact

        init(_ description: String, given: [LedgerFact] = Self.opened, _ fact: LedgerFact) {
            (testDescription, self.given, self.fact) = (description, given, fact)
        }

        /// Alice with 100, Anna with nothing.
        static let opened: [LedgerFact] = [
            .opened(alice, euro), .opened(anna, euro), .deposited(postings(100, of: alice)),
        ]

        /// The same, with 30 on the way from Alice to bank B and 5 to Anna from bank B.
        static let held = opened + [.held(out, out.holdPostings), .held(into, [])]
    }

    static let out = HeldStep(
        id: step(0), actions: [.debit(alice, money(30))], previous: nil, next: bankB)
    static let into = HeldStep(
        id: step(1, of: 2), actions: [.credit(anna, money(5))], previous: bankB, next: nil)
    static let settled = LedgerFact.settled(out.id, out.settlePostings)
    static let released = LedgerFact.released(out.id, out.releasePostings)

    static func step0(_ action: LedgerAction, to next: NodeName? = bankB) -> HeldStep {
        HeldStep(id: step(0, of: 9), actions: [action], previous: nil, next: next)
    }

    static func step1(_ actions: [LedgerAction], from previous: NodeName = bankB) -> HeldStep {
        HeldStep(id: step(1, of: 9), actions: actions, previous: previous, next: nil)
    }

    static let accounts: [Row] = [
        Row("an account opened twice", .opened(alice, euro)),
        Row("an unknown account frozen", .frozen(bob)),
        Row("an unknown account unfrozen", .unfrozen(bob)),
        Row("an unknown account closed", .closed(bob)),
        Row("money for an unknown account", .deposited(postings(1, of: bob))),
        Row("money in another currency", .deposited(postings(1, of: alice, yen))),
        Row("a withdrawal below zero", .withdrawn(postings(-101, of: alice))),
        Row(
            "a hold below zero",
            .deposited([Posting(.held(alice), -1, euro), Posting(.cash, 1, euro)])),
        Row("a limit below zero", .owedLimited(to: bankB, minorUnits: -1, euro)),
        Row("a limit below zero", .exposureLimited(bankB, minorUnits: -1, euro)),
        Row("more than can be counted", .deposited(postings(.max, of: alice))),
        Row("less cash than can be counted", .deposited(postings(.max, of: anna))),
        Row(
            "more owed to a peer than can be counted",
            given: [
                .peerSettled([
                    Posting(.clearing(bankB), .max, euro), Posting(.cash, -.max, euro),
                ])
            ],
            .peerSettled([Posting(.clearing(bankB), 1, euro), Posting(.suspense, -1, euro)])),
    ]

    static let sums: [Row] = [
        Row("one posting alone", .deposited([Posting(.available(alice), 1, euro)])),
        Row(
            "a cent too little",
            .withdrawn([Posting(.available(alice), -5, euro), Posting(.cash, 4, euro)])),
        Row(
            "zero over two currencies, but not in each",
            .deposited([Posting(.cash, -1, euro), Posting(.suspense, 1, yen)])),
        Row(
            "zero in the first currency only",
            .deposited([
                Posting(.cash, -1, euro), Posting(.suspense, 1, euro), Posting(.cash, 1, yen),
            ])),
        Row(
            "a sum that is zero only where it wraps around",
            .deposited([
                Posting(.cash, .min, euro), Posting(.suspense, .min, euro),
            ])),
    ]

    static let holds: [Row] = [
        Row("a step held twice", given: Row.held, .held(out, out.holdPostings)),
        Row("a credit held twice", given: Row.held, .held(into, [])),
        Row("a step settled that was never held", settled),
        Row("a step released that was never held", released),
        Row("a step settled twice", given: Row.held + [settled], settled),
        Row("a step released twice", given: Row.held + [released], released),
        Row("a step settled after its release", given: Row.held + [released], settled),
        Row("a step released after it was settled", given: Row.held + [settled], released),
        Row(
            "a hold of more than there is",
            .held(
                step0(.debit(alice, money(101))), step0(.debit(alice, money(101))).holdPostings)),
        Row(
            "a hold on an unknown account",
            .held(step0(.debit(bob, money(1))), step0(.debit(bob, money(1))).holdPostings)),
        Row(
            "a hold in another currency",
            .held(
                step0(.debit(alice, money(1, yen))),
                step0(.debit(alice, money(1, yen))).holdPostings)),
        Row("a credit for an unknown account", .held(step1([.credit(bob, money(1))]), [])),
        Row("a credit in another currency", .held(step1([.credit(anna, money(1, yen))]), [])),
    ]

    /// A word like `settled` proves nothing; the postings do.
    static let words: [Row] = [
        Row("held, but nothing was taken", .held(out, [])),
        Row(
            "held, but less was taken than the step says",
            .held(out, step0(.debit(alice, money(29))).holdPostings)),
        Row(
            "held, but taken from somebody else",
            given: Row.opened + [
                .deposited(postings(30, of: anna))
            ], .held(out, step0(.debit(anna, money(30))).holdPostings)),
        Row("a credit held, but posted at once", .held(into, into.settlePostings)),
        Row("settled, but nothing was moved", given: Row.held, .settled(out.id, [])),
        Row(
            "settled, but given back", given: Row.held,
            .settled(out.id, out.releasePostings)),
        Row(
            "settled, but only in part", given: Row.held,
            .settled(out.id, step0(.debit(alice, money(29))).settlePostings)),
        Row(
            "settled, but with another bank", given: Row.held,
            .settled(out.id, step0(.debit(alice, money(30)), to: bankC).settlePostings)),
        Row("a credit settled, but nothing arrived", given: Row.held, .settled(into.id, [])),
        Row("released, but nothing was given back", given: Row.held, .released(out.id, [])),
        Row("released, but paid", given: Row.held, .released(out.id, out.settlePostings)),
        Row(
            "a credit released, but paid", given: Row.held,
            .released(into.id, into.settlePostings)),
    ]

    /// What a step would post at its end is counted when it is held: no count may overflow.
    static let counts: [Row] = [
        Row(
            "credits beyond what can be counted",
            given: Row.opened + [
                .held(into, [])
            ], .held(step1([.credit(anna, money(.max))]), [])),
        Row(
            "inbound beyond what can be counted",
            given: Row.opened + [
                .held(into, [])
            ],
            .held(
                HeldStep(
                    id: step(1, of: 9), actions: [.forward(money(.max))], previous: bankB,
                    next: bankC), [])),
        Row(
            "outbound beyond what can be counted",
            given: Row.opened + [
                .held(out, out.holdPostings)
            ],
            .held(
                HeldStep(
                    id: step(1, of: 9), actions: [.forward(money(.max))], previous: bankC,
                    next: bankB), [])),
    ]

    @Test("Accounts that are not there, and balances that cannot be", arguments: accounts)
    func accountsMustFit(_ row: Row) throws { try check(row) }

    @Test("Postings sum to zero in every currency", arguments: sums)
    func postingsMustBalance(_ row: Row) throws { try check(row) }

    @Test("A step is held once, and settled or released once", arguments: holds)
    func stepsEndOnce(_ row: Row) throws { try check(row) }

    @Test("A step is held, settled or released by its own postings only", arguments: words)
    func wordsProveNothing(_ row: Row) throws { try check(row) }

    @Test("A count that would overflow is a fault, not a crash", arguments: counts)
    func countsMustFit(_ row: Row) throws { try check(row) }

    func check(_ row: Row) throws {
        var bank = try Bank(given: row.given)
        #expect(throws: FoldFault.self) { try bank.ledger.apply(row.fact) }
    }

    @Test("The same facts in their right order do add up")
    func soundLogsFold() throws {
        let into = Self.into
        var bank = try Bank(given: Row.held + [Self.settled])
        try bank.ledger.apply(.settled(into.id, into.settlePostings))
        #expect(bank.account(alice) == Account(currency: euro, available: 70))
        #expect(bank.account(anna) == Account(currency: euro, available: 5))
        #expect(bank.clearing(bankB) == Clearing(balance: 25))
        bank = try Bank(
            given: Row.held + [Self.released, .released(into.id, into.releasePostings)])
        #expect(bank.ledger.accounts == (try Bank(given: Row.opened)).ledger.accounts)
        #expect(bank.ledger.heldSteps.isEmpty)
    }
}
