import Approval
import Ledger
import Saga
import Stock
import Testing

@Suite("Two participants at one node")
struct PairTests {
    typealias BankShop = Pair<Ledger, Stock>
    typealias CarefulBank = Pair<Ledger, Approval>

    static let bankShop = Pair(TestBank.ledger, Stock(shelves: ["tea": .init(free: 3)]))

    static func purchase(_ price: Int64, _ count: Int64) -> StepRequest<BankShop.Action> {
        request(
            [.second(.take(units(count))), .first(TestBank.debit(price))], to: TestBank.peer)
    }

    static let purchases: [(price: Int64, count: Int64, refusal: Refusal?)] = [
        (100, 3, nil),
        (101, 3, .insufficientFunds),
        (100, 4, .soldOut),
        // Both say no: the first participant answers, whatever the order of the actions.
        (101, 4, .insufficientFunds),
    ]

    @Test("A step is done by both or by none", arguments: purchases)
    func isDoneByBothOrNone(price: Int64, count: Int64, refusal: Refusal?) throws {
        let wanted = Self.purchase(price, count)
        if let refusal {
            #expect(throws: refusal) { try Self.bankShop.reserve(wanted) }
            return
        }
        let reservation = try Self.bankShop.reserve(wanted)
        #expect(!reservation.isDeciding)
        #expect(reservation.facts.map { $0.isFirst } == [true, false])
        let reserved = try Self.bankShop.applying(reservation.facts)
        #expect(reserved.first.holds(step()) && reserved.second.holds(step()))
        let confirmed = try reserved.applying(reserved.confirm(step()))
        #expect(!confirmed.first.holds(step()) && !confirmed.second.holds(step()))
        #expect(confirmed.second.shelves == ["tea": .init()])
        #expect(
            confirmed.first.clearing(with: TestBank.peer, in: TestBank.euro).balance == 100)
        let cancelled = try reserved.applying(reserved.cancel(step()))
        #expect(cancelled == Self.bankShop)
    }

    @Test("A step is held again by both or by none, and asks neither")
    func isHeldAgainByBothOrNone() throws {
        let both = Self.purchase(100, 3)
        #expect(try Self.bankShop.reserveAgain(both) == Self.bankShop.reserve(both))
        #expect(throws: Refusal.insufficientFunds) {
            try Self.bankShop.reserveAgain(Self.purchase(101, 3))
        }
        #expect(throws: Refusal.soldOut) {
            try Self.bankShop.reserveAgain(Self.purchase(100, 4))
        }
        let careful = Pair(TestBank.ledger, Approval())
        for (actions, _) in Self.questions {
            let again = try careful.reserveAgain(request(actions, to: TestBank.peer))
            #expect(!again.isDeciding)
            #expect(try careful.applying(again.facts).accept(step()).isEmpty)
        }
    }

    @Test("A step that only one of them knows is held by that one only")
    func onlyOneIsAsked() throws {
        let facts = try Self.bankShop.reserve(request([.second(.take(units(1)))])).facts
        let reserved = try Self.bankShop.applying(facts)
        #expect(reserved.holds(step()))
        #expect(!reserved.first.holds(step()))
        #expect(reserved.first == TestBank.ledger)
        #expect(reserved.confirm(step()) == [.second(.sold(step()))])
    }

    static let questions: [(actions: [CarefulBank.Action], isDeciding: Bool)] = [
        ([.first(TestBank.debit(30))], false),
        ([.second(.approve(subject: "a loan"))], true),
        ([.first(TestBank.debit(30)), .second(.approve(subject: "a loan"))], true),
    ]

    @Test("A step is deciding if either of them has to ask", arguments: questions)
    func isDecidingIfEitherIs(actions: [CarefulBank.Action], isDeciding: Bool) throws {
        let wanted = request(actions, to: TestBank.peer)
        let bank = Pair(TestBank.ledger, Approval())
        #expect(try bank.reserve(wanted).isDeciding == isDeciding)
        let other = Pair(Approval(), TestBank.ledger)
        let swapped = request(actions.map(\.swapped), to: TestBank.peer)
        #expect(try other.reserve(swapped).isDeciding == isDeciding)
    }

    @Test("A deciding step holds the money at once, and gives it back where the answer is no")
    func holdsWhileDeciding() throws {
        let bank = Pair(TestBank.ledger, Approval())
        let wanted = request(Self.questions[2].actions, to: TestBank.peer)
        let asked = try bank.applying(bank.reserve(wanted).facts)
        #expect(asked.first.accounts[TestBank.alice]?.held == 30)
        #expect(asked.accept(step()) == [.second(.approved(step()))])
        #expect(throws: FoldFault.self, "no approval, no confirmation") {
            try asked.applying(asked.confirm(step()))
        }
        #expect(try asked.applying(asked.cancel(step())) == bank)
        let reserved = try asked.applying(asked.accept(step()))
        let confirmed = try reserved.applying(reserved.confirm(step()))
        #expect(confirmed.second == Approval())
        #expect(confirmed.first.accounts[TestBank.alice] == Account(
            currency: TestBank.euro, available: 70))
    }

    typealias Step = Itinerary<BankShop.Action>.Step

    static func at(_ text: String, _ actions: [BankShop.Action], foreign: Int = 0) -> Step {
        .init(node: node(text), actions: actions, foreignActions: foreign)
    }

    static let itineraries: [(steps: [Step], refusal: Refusal?)] = [
        // Money first, the shop's step after it.
        (
            [
                at("bank-a", [.first(TestBank.debit(5)), .first(TestBank.credit(5))]),
                at("shop", [.second(.take(units(1)))]),
            ], nil
        ),
        // The shop's action beside the bank's.
        (
            [
                at(
                    "bank-a", [
                        .second(.take(units(1))), .first(TestBank.debit(5)),
                        .first(TestBank.credit(5)),
                    ])
            ], nil
        ),
        ([at("shop", [.second(.take(units(1)))])], nil),
        // A shop's step before the money: for the bank a step without money.
        (
            [
                at("shop", [.second(.take(units(1)))]),
                at("bank-a", [.first(TestBank.debit(5)), .first(TestBank.credit(5))]),
            ], .brokenItinerary
        ),
        ([at("bank-a", [.first(TestBank.debit(5)), .second(.take(units(1)))])], .brokenItinerary),
    ]

    @Test("Each of the two judges the itinerary as it sees it", arguments: itineraries)
    func bothJudge(steps: [Step], refusal: Refusal?) {
        let itinerary = Itinerary(steps: steps)
        if let refusal {
            #expect(throws: refusal) { try Self.bankShop.check(itinerary) }
        } else {
            #expect(throws: Never.self) { try Self.bankShop.check(itinerary) }
        }
    }

    @Test("The second participant's rules hold as well")
    func secondJudges() {
        let twice: [CarefulBank.Action] = [
            .second(.approve(subject: "a")), .second(.approve(subject: "b")),
        ]
        let itinerary = Itinerary<CarefulBank.Action>(steps: [
            .init(node: node("bank-a"), actions: twice)
        ])
        #expect(throws: Refusal.brokenItinerary) {
            try Pair(TestBank.ledger, Approval()).check(itinerary)
        }
    }

    /// A participant that only remembers what it was asked to judge, by refusing what it sees.
    struct Witness: Participant {
        let expected: [[Int]]
        enum Nothing: Hashable, Sendable {}

        func check(_ itinerary: Itinerary<Int>) throws(Refusal) {
            let seen = itinerary.steps.map { $0.actions + [-$0.foreignActions] }
            guard seen == expected else { throw .brokenItinerary }
        }

        func reserve(_ request: StepRequest<Int>) throws(Refusal) -> Reservation<Nothing> {
            Reservation(facts: [])
        }
        func accept(_ step: StepID) -> [Nothing] { [] }
        func confirm(_ step: StepID) -> [Nothing] { [] }
        func cancel(_ step: StepID) -> [Nothing] { [] }
        func holds(_ step: StepID) -> Bool { false }
        func perform(_ operation: Nothing) throws(Refusal) -> Nothing {}
        mutating func apply(_ fact: Nothing) throws(FoldFault) {}
    }

    @Test("What belongs to the other counts as foreign, on top of what is foreign to both")
    func otherActionsAreForeign() {
        let itinerary = Itinerary<Pair<Witness, Witness>.Action>(steps: [
            .init(node: node("a"), actions: [.first(1), .second(2), .first(3)], foreignActions: 4),
            .init(node: node("b"), actions: [.second(5)]),
        ])
        let pair = Pair(
            Witness(expected: [[1, 3, -5], [-1]]), Witness(expected: [[2, -6], [5, 0]]))
        #expect(throws: Never.self) { try pair.check(itinerary) }
    }

    @Test("An operation is one participant's, and so is its refusal")
    func operationsAreOnes() throws {
        let stocked = try Self.bankShop.perform(.second(.stock(units(4))))
        #expect(stocked == .second(.stocked(units(4))))
        let after = try Self.bankShop.applying([stocked])
        #expect(after.first == Self.bankShop.first)
        #expect(after.second.shelves == ["tea": .init(free: 7)])
        let frozen = try Self.bankShop.perform(.first(.freeze(TestBank.anna)))
        #expect(frozen == .first(.frozen(TestBank.anna)))
        #expect(throws: Refusal.accountExists) {
            try Self.bankShop.perform(.first(.open(TestBank.anna, TestBank.euro)))
        }
    }
}

extension Pair.Either {
    var isFirst: Bool { if case .first = self { true } else { false } }

    /// The same value, in the other place.
    var swapped: Pair<Second, First>.Either<B, A> {
        switch self {
        case .first(let value): .second(value)
        case .second(let value): .first(value)
        }
    }
}
