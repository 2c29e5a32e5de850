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
    static let saga = SagaID(high: 0x0190_a0b0_c0d0_7e0f, low: 0x8123_4567_89ab_cdef)
    static let otherSaga = SagaID(high: 0x0190_a0b0_c0d0_7e10, low: 0x9123_4567_89ab_cdef)
    static let step = StepID(saga: saga, number: 1)
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
        transfer, deadline: deadline, reference: "invoice 7", for: Ledger.self)
    static let purchaseContent = Content.encode(
        purchase, deadline: .distantPast, reference: "", for: Everything.self)
}

// MARK: Messages

extension Samples {
    static let messages: [Message] = Message.Kind.allCases.flatMap { kind in
        (kind == .cancel ? allRefusals.map(Optional.some) : [nil]).map { refusal in
            message(kind, refusal: refusal)
        }
    }

    static func message(_ kind: Message.Kind, refusal: Refusal? = nil) -> Message {
        Message(
            kind, from: bankA, to: bankB, step: step, contentHash: transferContent.hash,
            content: kind.travelsForward ? transferContent.bytes : [], refusal: refusal)
    }
}

// MARK: Facts

extension Samples {
    static let heldStep = HeldStep(
        id: step, actions: ledgerActions, previous: bankA, next: nil)

    static let ledgerFacts: [LedgerFact] = [
        .opened(alice, euro), .frozen(alice), .unfrozen(alice), .closed(alice),
        .exposureLimited(bankB, minorUnits: 0, euro),
        .exposureLimited(bankB, minorUnits: .max, yen),
        .deposited([Posting(.cash, -5, euro), Posting(.available(alice), 5, euro)]),
        .withdrawn([Posting(.available(alice), -5, euro), Posting(.cash, 5, euro)]),
        .peerSettled([Posting(.clearing(bankB), .min, yen), Posting(.cash, .max, yen)]),
        .held(heldStep, heldStep.holdPostings),
        .held(HeldStep(id: step.next, actions: [], previous: nil, next: bankB), []),
        .settled(step, heldStep.settlePostings),
        .released(step, heldStep.releasePostings + [Posting(.suspense, 0, euro)]),
        // An old log is read whatever has become of its currencies.
        .opened(alice, guilder),
        .deposited([Posting(.cash, -5, guilder), Posting(.available(alice), 5, guilder)]),
    ]

    static let stockFacts: [StockFact] = [
        .stocked(lamps), .reserved(step, [lamps, lamps]), .sold(step), .putBack(step),
    ]

    static let approvalFacts: [ApprovalFact] = [
        .asked(step, subject: "a loan"), .approved(step), .confirmed(step), .cancelled(step),
    ]

    static let facts: [Everything.Fact] =
        ledgerFacts.map { .first(.first($0)) } + stockFacts.map { .first(.second($0)) }
        + approvalFacts.map { .second($0) }
}

// MARK: Events

extension Samples {
    typealias Entry = Event<Everything.Fact>

    static let events: [Entry] = decidedSteps + decidedOperations + housekeeping

    /// Every state with every reason, and at least one with everything there can be.
    static let decidedSteps: [Entry] =
        StepState.allCases.filter { $0 != .unknown }.flatMap { state in
            ([nil] + allRefusals).map { refusal in
                StepDecided(
                    step: step, state: state, refusal: refusal, previous: bankA, next: nil,
                    contentHash: hash)
            }
        }.map(Entry.stepDecided) + [.stepDecided(fullStep)]

    private static let fullStep = StepDecided(
        step: StepID(saga: saga, number: 15), state: .reserved, previous: nil, next: bankB,
        contentHash: transferContent.hash, content: transferContent.bytes, fingerprint: .zero,
        principal: longest, reserving: facts, closing: facts.reversed())

    private static let longest = known(
        Principal(String(repeating: "~", count: Principal.charactersMax)))

    static let decidedOperations: [Entry] =
        allRefusals.map { operation(.refused($0)) } + facts.map { operation(.applied($0)) }

    static func operation(_ outcome: OperationDecided<Everything.Fact>.Outcome) -> Entry {
        .operationDecided(
            OperationDecided(id: saga, fingerprint: hash, principal: Cast.ada, outcome: outcome))
    }

    static let signedHeader = SignedHeader(
        bytes: [1, 2, 3], signature: [UInt8](repeating: 9, count: 64))

    static let housekeeping: [Entry] =
        [
            .abandonRequested(saga, by: Cast.ada), .inboxAdvanced, .inboxRestarted,
            .nodeOpened(bankA, publicKey: hash.bytes),
            .witnessed(bankA, signedHeader), .peerSuspended(bankA, signedHeader),
            .peerAccepted(bankA, by: Cast.ada),
            .timelineStarted(1, by: Cast.ada, approvers: ["ada", "grace"]),
            .keyRotated(publicKey: hash.bytes, by: Cast.ada),
            .clockAccepted(
                Timestamp(milliseconds: 1_795_000_000_000), by: Cast.ada,
                approvers: ["ada", "grace"]),
            quarantined(.unreadable, offset: -1, record: []),
            quarantined(.unreadable, offset: .max, record: Array(repeating: 7, count: 9_000)),
        ] + Quarantined.Cause.allCases.map { quarantined($0, offset: 41, record: [1, 2, 3]) }
            + [.quarantined(.init(cause: .contradiction, offset: 7, record: [1], peer: bankB))]

    private static func quarantined(
        _ cause: Quarantined.Cause, offset: Int64, record: [UInt8]
    ) -> Entry {
        .quarantined(Quarantined(cause: cause, offset: offset, record: record))
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
                balance: -7, inbound: 1, outbound: 2, limit: 1_000),
            .init(peer: bankB, currency: yen): Clearing(),
            .init(peer: shop, currency: euro): Clearing(balance: 7),
        ],
        ownBooks: [
            .init(.cash, euro): -30, .init(.cash, yen): 0, .init(.suspense, euro): .max,
        ],
        heldSteps: [heldStep, HeldStep(id: step.next, actions: [], previous: nil, next: bankB)])

    static let stock = Stock(
        shelves: ["lamp": .init(free: 4, reserved: 3), "chair": .init()],
        reservations: [step: [lamps], step.next: []])

    static let approval = Approval(questions: [
        step: .init(subject: "a loan"), step.next: .init(subject: "", isApproved: true),
        StepID(saga: otherSaga, number: 0): .init(subject: "another"),
    ])

    static let everything = Everything(Pair(ledger, stock), approval)
}
