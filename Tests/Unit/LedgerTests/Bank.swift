import Ledger
import Saga
import Testing
import TestKit

// The names, amounts and small notations of this target's tables.

func node(_ text: String) -> NodeName {
    guard let node = NodeName(text) else { preconditionFailure("\(text) is no node's name") }
    return node
}

func currency(_ code: String) -> Currency {
    guard let currency = Currency(code) else { preconditionFailure("\(code) is no currency") }
    return currency
}

func account(_ text: String) -> AccountID {
    guard let id = AccountID(text) else { preconditionFailure("\(text) is no account's id") }
    return id
}

let bankA = Cast.bankA
let bankB = Cast.bankB
let bankC = Cast.bankC
let euro = Cast.euro
let yen = currency("JPY")
/// It has ended.
let lev = currency("BGN")
/// Alice and Anna are at bank A, Bob is at bank B, Carol at bank C.
let alice = Cast.alice
let anna = Cast.anna
let bob = Cast.bob
let carol = account("acct-carol000@bank-c")

/// An amount of euros, or of another currency.
func money(_ minorUnits: Int64, _ currency: Currency = euro) -> Amount {
    guard let amount = Amount(minorUnits: minorUnits, currency: currency) else {
        preconditionFailure("\(minorUnits) is no amount")
    }
    return amount
}

/// Step `number` of the saga that `saga` names.
func step(_ number: Int, of saga: UInt64 = 1) -> StepID {
    StepID(saga: SagaID(CommandID(high: 0, low: saga), contentHash: .zero), number: number)
}

/// A reserve of `actions`, coming from the bank `previous` and going on to the bank `next`.
func request(
    _ actions: [LedgerAction], from previous: NodeName? = nil, to next: NodeName? = nil,
    saga: UInt64 = 1
) -> StepRequest<LedgerAction> {
    StepRequest(
        id: step(previous == nil ? 0 : 1, of: saga), actions: actions, previous: previous,
        next: next)
}

/// A bank with the given books, however they arose.
func books(
    _ accounts: [AccountID: Account] = [:], cash: Int64 = 0,
    with clearings: [NodeName: Clearing] = [:], blocking blocked: Set<NodeName> = [],
    at bank: NodeName = bankA
) -> Ledger {
    Ledger(
        node: bank, accounts: accounts,
        clearings: Dictionary(
            uniqueKeysWithValues: clearings.map { (.init(peer: $0, currency: euro), $1) }),
        ownBooks: cash == 0 ? [:] : [.init(.cash, euro): cash], heldSteps: [],
        transitBlocked: blocked)
}

/// The postings of a deposit or, below zero, of a withdrawal.
func postings(_ change: Int64, of id: AccountID, _ currency: Currency = euro) -> [Posting] {
    [Posting(.available(id), change, currency), Posting(.cash, -change, currency)]
}

/// A bank after facts: given these, when asked something, then facts or a refusal.
struct Bank {
    var ledger: Ledger

    /// Given facts.
    init(_ node: NodeName = bankA, given facts: [LedgerFact] = []) throws {
        ledger = Ledger(node: node)
        for fact in facts { try ledger.apply(fact) }
    }

    /// Given a customer with `funds` euros.
    init(of customer: AccountID, funds: Int64 = 0) throws {
        try self.init(customer.node, given: [.opened(customer, euro)])
        if funds > 0 { try perform(.deposit(money(funds), to: customer)) }
    }

    /// When an operation is performed, then its fact.
    @discardableResult
    mutating func perform(_ operation: LedgerOperation) throws -> LedgerFact {
        let fact = try ledger.perform(operation)
        try ledger.apply(fact)
        return fact
    }

    /// When a step is reserved, then its postings.
    @discardableResult
    mutating func reserve(_ request: StepRequest<LedgerAction>) throws -> [Posting] {
        try apply(ledger.reserve(request).facts)
    }

    @discardableResult
    mutating func confirm(_ step: StepID) throws -> [Posting] {
        try apply(ledger.confirm(step))
    }

    @discardableResult
    mutating func cancel(_ step: StepID) throws -> [Posting] {
        try apply(ledger.cancel(step))
    }

    mutating func apply(_ facts: [LedgerFact]) throws -> [Posting] {
        for fact in facts { try ledger.apply(fact) }
        return facts.flatMap(\.postings)
    }

    func account(_ id: AccountID) -> Account? { ledger.accounts[id] }
    func clearing(_ peer: NodeName) -> Clearing { ledger.clearing(with: peer, in: euro) }
    var cash: Int64 { ledger.ownBooks[.init(.cash, euro)] ?? 0 }
}

/// One row: given these books, this operation gives this fact or this refusal.
struct OperationRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let given: Ledger
    let when: LedgerOperation
    let then: Result<LedgerFact, Refusal>

    init(_ description: String, given: Ledger, when: LedgerOperation, fact: LedgerFact) {
        (testDescription, self.given, self.when) = (description, given, when)
        then = .success(fact)
    }

    init(_ description: String, given: Ledger, when: LedgerOperation, refusal: Refusal) {
        (testDescription, self.given, self.when) = (description, given, when)
        then = .failure(refusal)
    }

    func check() throws {
        let outcome = Result { () throws(Refusal) in try given.perform(when) }
        #expect(outcome == then)
        if case .success(let fact) = outcome { try foldsAndSumsToZero(fact, in: given) }
    }
}

/// One row: given these books, this reserve is admitted or refused.
struct ReserveRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let given: Ledger
    let when: StepRequest<LedgerAction>
    /// `nil`: admitted.
    let then: Refusal?

    init(
        _ description: String, given: Ledger, when: StepRequest<LedgerAction>, refusal: Refusal?
    ) {
        (testDescription, self.given, self.when, then) = (description, given, when, refusal)
    }

    func check() throws {
        switch Result(catching: { () throws(Refusal) in try given.reserve(when) }) {
        case .failure(let refusal):
            #expect(refusal == then)
        case .success(let reservation):
            #expect(then == nil)
            #expect(!reservation.isDeciding)
            var ledger = given
            for fact in reservation.facts {
                try foldsAndSumsToZero(fact, in: ledger)
                try ledger.apply(fact)
            }
        }
    }
}

func foldsAndSumsToZero(_ fact: LedgerFact, in ledger: Ledger) throws {
    var after = ledger
    try after.apply(fact)
    for currency in Set(fact.postings.map(\.currency)) {
        let sum = fact.postings.filter { $0.currency == currency }
            .reduce(Int128(0)) { $0 + Int128($1.minorUnits) }
        #expect(sum == 0, "the postings of \(fact) do not sum to zero")
    }
}
