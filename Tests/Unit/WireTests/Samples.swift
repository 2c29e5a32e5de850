import Approval
import ApprovalWire
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import TestKit
import Wire

/// A node with all participants there are, so that a pair inside a pair is tested as well.
typealias Everything = Pair<Pair<Ledger, Stock>, Approval>

/// The protocol's own and all participants'.
let allRefusals = (Refusal.protocolReasons + Everything.refusalReasons).map(\.refusal)

/// Valid values of every kind.
enum Samples {
    static let command = CommandID(high: 0x0190_a0b0_c0d0_7e0f, low: 0x8123_4567_89ab_cdef)
    static let otherCommand = CommandID(high: 0x0190_a0b0_c0d0_7e10, low: 0x9123_4567_89ab_cdef)
    static let saga = SagaID(command, contentHash: transferContent.hash)
    /// Another content under the same UUID, so another saga.
    static let namesake = SagaID(command, contentHash: hash)
    static let otherSaga = SagaID(otherCommand, contentHash: transferContent.hash)
    static let step = StepID(saga: saga, number: 1)
    static let namesakeStep = StepID(saga: namesake, number: 1)
    static let bankA = Cast.bankA
    static let bankB = Cast.bankB
    static let shop = known(NodeName("shop"))
    static let euro = Cast.euro
    static let yen = known(Currency("JPY"))
    /// It has ended.
    static let guilder = known(Currency("ANG"))
    static let alice = Cast.alice
    static let bob = known(AccountID("acct-bob00001@bank-b"))
    static let hundred = known(Amount(minorUnits: 10_000, currency: euro))
    static let most = known(Amount(minorUnits: .max, currency: yen))
    static let lamps = known(Stock.Units(3, of: "lamp"))
    static let hash = known(Hash(bytes: (0..<32).map { UInt8($0) }))
}

// MARK: Actions and contents

extension Samples {
    static let ledgerActions: [LedgerAction] = [
        .debit(alice, hundred), .credit(bob, hundred), .forward(hundred), .forward(most),
    ]
    static let stockActions: [StockAction] = [.take(lamps)]
    static let approvalActions: [ApprovalAction] = [
        .approve(subject: "a loan"), .approve(subject: ""),
    ]

    static let actions: [Everything.Action] =
        ledgerActions.map { .first(.first($0)) } + stockActions.map { .first(.second($0)) }
        + approvalActions.map { .second($0) }

    static let transfer = Itinerary<LedgerAction>(steps: [
        .init(node: bankA, actions: [.debit(alice, hundred)]),
        .init(node: bankB, actions: [.credit(bob, hundred)]),
    ])

    static let purchase = Itinerary<Everything.Action>(steps: [
        .init(node: bankA, actions: [.first(.first(.debit(alice, hundred)))]),
        .init(node: bankB, actions: actions),
        .init(node: shop, actions: [.first(.second(.take(lamps)))]),
    ])

    static let deadline = Timestamp(milliseconds: 1_767_225_600_000)

    static let transferContent = Content.encode(
        transfer, reference: "invoice 7", for: Ledger.self)
    static let purchaseContent = Content.encode(
        purchase, reference: "", for: Everything.self)
}

// MARK: Facts

extension Samples {
    static let heldStep = held(step)

    private static func held(_ step: StepID) -> HeldStep {
        HeldStep(id: step, actions: ledgerActions, previous: bankA, next: nil)
    }

    static let ledgerFacts = ledgerOperationFacts + ledgerStepFacts(step)

    private static let ledgerOperationFacts: [LedgerFact] = [
        .opened(alice, euro), .frozen(alice), .unfrozen(alice), .closed(alice),
        .exposureLimited(bankB, minorUnits: 0, euro),
        .exposureLimited(bankB, minorUnits: .max, yen),
        .owedLimited(to: bankB, minorUnits: 0, euro),
        .owedLimited(to: bankB, minorUnits: Clearing.unlimited, yen),
        .transitSet(from: bankB, .blocked), .transitSet(from: bankB, .allowed),
        .deposited([Posting(.cash, -5, euro), Posting(.available(alice), 5, euro)]),
        .withdrawn([Posting(.available(alice), -5, euro), Posting(.cash, 5, euro)]),
        .peerSettled([Posting(.clearing(bankB), .min, yen), Posting(.cash, .max, yen)]),
        // An old log is read whatever has become of its currencies.
        .opened(alice, guilder),
        .deposited([Posting(.cash, -5, guilder), Posting(.available(alice), 5, guilder)]),
    ]

    private static func ledgerStepFacts(_ step: StepID) -> [LedgerFact] {
        let held = held(step)
        return [
            .held(held, held.holdPostings),
            .held(HeldStep(id: step, actions: [], previous: nil, next: bankB), []),
            .settled(step, held.settlePostings),
            .released(step, held.releasePostings + [Posting(.suspense, 0, euro)]),
        ]
    }

    static let stockFacts = stockOperationFacts + stockStepFacts(step)

    private static let stockOperationFacts: [StockFact] = [.stocked(lamps)]

    private static func stockStepFacts(_ step: StepID) -> [StockFact] {
        [.reserved(step, [lamps, lamps]), .sold(step), .putBack(step)]
    }

    static let approvalFacts = approvalStepFacts(step)

    private static func approvalStepFacts(_ step: StepID) -> [ApprovalFact] {
        [.asked(step, subject: "a loan"), .approved(step), .confirmed(step), .cancelled(step)]
    }

    static let facts = operationFacts + stepFacts(step)

    /// What operations do, which is about no step.
    static let operationFacts: [Everything.Fact] =
        ledgerOperationFacts.map { .first(.first($0)) }
        + stockOperationFacts.map { .first(.second($0)) }

    /// What a step does. Which one it is says the entry and not the fact, so an entry holds the
    /// facts of one step.
    static func stepFacts(_ step: StepID) -> [Everything.Fact] {
        ledgerStepFacts(step).map { .first(.first($0)) }
            + stockStepFacts(step).map { .first(.second($0)) }
            + approvalStepFacts(step).map { .second($0) }
    }
}

// MARK: States

extension Samples {
    static let ledger = Ledger(
        node: bankA,
        accounts: [
            alice: Account(currency: euro, available: 10, held: 20, incoming: .max - 30),
            known(AccountID("acct-carol001@bank-a")): Account(currency: yen, status: .frozen),
            known(AccountID("acct-dave0001@bank-a")): Account(currency: yen, status: .closed),
        ],
        clearings: [
            .init(peer: bankB, currency: euro): Clearing(
                balance: -7, inbound: 1, outbound: 2, limit: 1_000, owedLimit: 500),
            .init(peer: bankB, currency: yen): Clearing(),
            .init(peer: shop, currency: euro): Clearing(balance: 7, owedLimit: 0),
        ],
        ownBooks: [
            .init(.cash, euro): -30, .init(.cash, yen): 0, .init(.suspense, euro): .max,
        ],
        heldSteps: [
            heldStep, HeldStep(id: step.next, actions: [], previous: nil, next: bankB),
            HeldStep(
                id: namesakeStep, actions: [.forward(hundred)], previous: bankA, next: bankB),
        ], transitBlocked: [bankB, shop])

    static let stock = Stock(
        shelves: ["lamp": .init(free: 4, reserved: 3), "chair": .init()],
        reservations: [step: [lamps], step.next: [], namesakeStep: [lamps, lamps]])

    static let approval = Approval(questions: [
        step: .init(subject: "a loan"), step.next: .init(subject: "", isApproved: true),
        namesakeStep: .init(subject: "a house"),
        StepID(saga: otherSaga, number: 0): .init(subject: "another"),
    ])

    static let everything = Everything(Pair(ledger, stock), approval)
}
