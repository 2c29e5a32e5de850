import Ledger
import Saga
import Testing

@Suite("The money steps of an itinerary")
struct MoneyStepsTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Itinerary<LedgerAction>.Step]
        let isTransfer: Bool

        init(_ description: String, _ steps: [Itinerary<LedgerAction>.Step], _ isTransfer: Bool) {
            (testDescription, self.steps, self.isTransfer) = (description, steps, isTransfer)
        }
    }

    static let five = money(5)

    static func at(
        _ node: NodeName, _ actions: LedgerAction..., foreign: Int = 0
    ) -> Itinerary<LedgerAction>.Step {
        .init(node: node, actions: actions, foreignActions: foreign)
    }

    static let payer = at(bankA, .debit(alice, five))
    static let between = at(bankB, .forward(five))
    static let payee = at(bankC, .credit(carol, five))
    static let shop = at(node("shop"), foreign: 1)

    static let transfers: [Rule] = [
        Rule("inside one bank", [at(bankA, .debit(alice, five), .credit(anna, five))], true),
        Rule("the credit named first", [at(bankA, .credit(anna, five), .debit(alice, five))], true),
        Rule("between two banks", [payer, at(bankB, .credit(bob, five))], true),
        Rule("through a correspondent", [payer, between, payee], true),
        Rule("a shop after the money", [payer, at(bankB, .credit(bob, five)), shop], true),
        Rule(
            "goods at the payer's bank after the money",
            [payer, at(bankB, .credit(bob, five)), at(bankA, foreign: 1)], true),
        Rule(
            "shops beside and after the money",
            [at(bankA, .debit(alice, five), foreign: 2), between, payee, shop, shop], true),
        Rule("no money at all", [shop, shop], true),
        Rule("no step at all", [], true),
    ]

    static let broken: [Rule] = [
        Rule("a debit alone", [payer], false),
        Rule("a credit alone", [at(bankB, .credit(bob, five))], false),
        Rule("a forward alone", [between], false),
        Rule("a debit and a forward", [payer, between], false),
        Rule("a debit that is not in step 0", [between, payer, payee], false),
        Rule("a debit after a shop", [shop, payer, payee], false),
        Rule("a debit in the payee's step", [at(bankC, .debit(carol, five))], false),
        Rule(
            "two debits in step 0",
            [at(bankA, .debit(alice, five), .debit(anna, five)), payee], false),
        Rule("the same debit twice", [at(bankA, .debit(alice, five), .debit(alice, five)), payee],
            false),
        Rule(
            "a second debit on the way",
            [payer, at(bankB, .forward(five), .debit(bob, five)), payee], false),
        Rule("two credits in the last step",
            [payer, at(bankC, .credit(carol, five), .credit(carol, five))], false),
        Rule("a credit on the way", [payer, at(bankB, .credit(bob, five)), payee], false),
        Rule(
            "a credit in step 0 and another at the end",
            [at(bankA, .debit(alice, five), .credit(anna, five)), payee], false),
        Rule(
            "a step of money between without a forward", [payer, shop, payee], false),
        Rule("two forwards in one step",
            [payer, at(bankB, .forward(five), .forward(five)), payee], false),
        Rule("a forward in step 0",
            [at(bankA, .debit(alice, five), .forward(five)), payee], false),
        Rule("a forward beside the credit",
            [payer, at(bankC, .credit(carol, five), .forward(five))], false),
        Rule("a forward after the credit", [payer, payee, between], false),
        Rule("another amount at the end", [payer, at(bankC, .credit(carol, money(6)))], false),
        Rule("another amount on the way", [payer, at(bankB, .forward(money(4))), payee], false),
        Rule("another amount at the start",
            [at(bankA, .debit(alice, money(6))), between, payee], false),
        Rule("another currency at the end",
            [payer, at(bankC, .credit(carol, money(5, yen)))], false),
        Rule("another currency on the way",
            [payer, at(bankB, .forward(money(5, yen))), payee], false),
        Rule("money again after a shop", [payer, payee, shop, between], false),
        Rule("a payer of another bank", [at(bankB, .debit(alice, five)), payee], false),
        Rule("a payee of another bank", [payer, at(bankB, .credit(carol, five))], false),
        Rule("out and back", [payer, between, at(bankA, .credit(anna, five))], false),
        Rule("through the payer's bank", [payer, between, at(bankA, .forward(five)), payee], false),
        Rule("through the payee's bank", [payer, at(bankC, .forward(five)), between, payee], false),
        Rule(
            "through a correspondent twice",
            [payer, between, at(node("bank-d"), .forward(five)), between, payee], false),
        Rule("a bank next to itself", [payer, between, between, payee], false),
        Rule("a bank twice, and goods after it", [
            payer, between, at(bankA, .credit(anna, five)), shop,
        ], false),
    ]

    @Test("These are transfers, or none of a bank's business", arguments: transfers)
    func isAdmitted(_ rule: Rule) { check(rule) }

    @Test("These are not", arguments: broken)
    func isBroken(_ rule: Rule) { check(rule) }

    /// Every bank judges the whole itinerary, and all judge the same.
    func check(_ rule: Rule) {
        for bank in [bankA, bankB, bankC] {
            let ledger = Ledger(node: bank)
            if rule.isTransfer {
                #expect(throws: Never.self) { try ledger.check(Itinerary(steps: rule.steps)) }
            } else {
                #expect(throws: Refusal.brokenItinerary) {
                    try ledger.check(Itinerary(steps: rule.steps))
                }
            }
        }
    }

    @Test("What is admitted settles with balanced postings at every bank", arguments: transfers)
    func admittedStepsBalance(_ rule: Rule) {
        let itinerary = Itinerary(steps: rule.steps)
        for number in rule.steps.indices {
            let request = StepRequest(step(number), in: itinerary)
            let held = HeldStep(
                id: request.id, actions: request.actions, previous: request.previous,
                next: request.next)
            for postings in [held.holdPostings, held.settlePostings, held.releasePostings] {
                #expect(postings.reduce(0) { $0 + $1.minorUnits } == 0)
            }
        }
    }
}
