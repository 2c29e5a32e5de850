import Ledger
import Saga
import Testing

@Suite("What this bank may owe a peer")
struct OwedLimitTests {
    static func debit(_ minorUnits: Int64, saga: UInt64 = 1) -> StepRequest<LedgerAction> {
        request([.debit(alice, money(minorUnits))], to: bankB, saga: saga)
    }

    static func bank(limit: Int64) throws -> Bank {
        var bank = try Bank(of: alice, funds: 10_000)
        try bank.perform(.limitOwed(to: bankB, minorUnits: limit, euro))
        return bank
    }

    static func clearing(
        _ balance: Int64, inbound: Int64 = 0, outbound: Int64 = 0, owedLimit: Int64? = 100
    ) -> Clearing {
        Clearing(balance: balance, inbound: inbound, outbound: outbound, owedLimit: owedLimit)
    }

    /// The most that may still go to the peer: none, or an amount of which one more is too much.
    static let admitted: [(clearing: Clearing, most: Int64)] = [
        (clearing(0), 100),
        (clearing(40), 60),
        (clearing(100), 0),
        (clearing(40, outbound: 60), 0),
        (clearing(0, outbound: 99), 1),
        (clearing(300), 0),
        (clearing(0, owedLimit: 0), 0),
        // What the peer owes may be paid before, and what comes from it may be cancelled.
        (clearing(-40), 100),
        (clearing(-40, outbound: 40), 60),
        (clearing(40, inbound: 40), 60),
        (clearing(0, owedLimit: .max - 1), .max - 1),
        (clearing(1, outbound: .max - 3, owedLimit: .max - 1), 1),
    ]

    @Test("Exactly up to the limit is admitted, one more is not", arguments: admitted)
    func limitIsExact(clearing: Clearing, most: Int64) throws {
        let ledger = books(
            [alice: Account(currency: euro, available: .max)], with: [bankB: clearing])
        if most > 0 {
            #expect(throws: Never.self) { try ledger.reserve(Self.debit(most)) }
        }
        #expect(throws: Refusal.owedLimitExceeded) { try ledger.reserve(Self.debit(most + 1)) }
    }

    @Test("There is no limit until an operator sets one, for one peer and one currency")
    func defaultIsNone() throws {
        var bank = try Bank(of: alice, funds: 10_000)
        try bank.perform(.limitOwed(to: bankC, minorUnits: 0, euro))
        try bank.perform(.limitOwed(to: bankB, minorUnits: 0, yen))
        #expect(bank.clearing(bankB).owedLimit == nil)
        try bank.reserve(Self.debit(9_000))
        try bank.perform(.limitOwed(to: bankB, minorUnits: 9_500, euro))
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(Self.debit(501, saga: 2))
        }
        try bank.perform(.limitOwed(to: bankB, minorUnits: Clearing.unlimited, euro))
        #expect(bank.clearing(bankB) == Clearing(outbound: 9_000))
        try bank.reserve(Self.debit(1_000, saga: 2))
    }

    @Test("A hold counts, a release gives the room back, a settled transfer keeps it")
    func reservationsCount() throws {
        var bank = try Self.bank(limit: 100)
        try bank.reserve(Self.debit(60, saga: 1))
        #expect(bank.clearing(bankB).owed == 60)
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(Self.debit(41, saga: 2))
        }
        try bank.cancel(step(0, of: 1))
        #expect(bank.clearing(bankB).owed == 0)

        try bank.reserve(Self.debit(100, saga: 2))
        try bank.confirm(step(0, of: 2))
        #expect(bank.clearing(bankB).owed == 100)
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(Self.debit(1, saga: 3))
        }
        try bank.perform(.settlePeer(bankB, money(30), .paid))
        #expect(bank.clearing(bankB).owed == 70)
        try bank.reserve(Self.debit(30, saga: 3))
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(Self.debit(1, saga: 4))
        }
    }

    @Test("What the peer owes makes no room: it may pay while transfers to it are held")
    func peersDebtMakesNoRoom() throws {
        var bank = try Self.bank(limit: 100)
        try bank.perform(.limitExposure(of: bankB, minorUnits: 50, euro))
        try bank.reserve(request([.credit(alice, money(50))], from: bankB, saga: 1))
        try bank.confirm(step(1, of: 1))
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(Self.debit(101, saga: 2))
        }
        try bank.reserve(Self.debit(100, saga: 2))
        try bank.perform(.settlePeer(bankB, money(50), .received))
        try bank.confirm(step(0, of: 2))
        #expect(bank.clearing(bankB).owed == 100)
    }

    @Test("A limit that is lowered stops what is new, and nothing that is held", arguments: [
        true, false,
    ])
    func loweringStopsOnlyTheNew(_ isSettled: Bool) throws {
        var bank = try Self.bank(limit: 100)
        try bank.reserve(Self.debit(60))
        try bank.perform(.limitOwed(to: bankB, minorUnits: 10, euro))
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(Self.debit(1, saga: 2))
        }
        if isSettled { try bank.confirm(step(0)) } else { try bank.cancel(step(0)) }
        #expect(
            bank.clearing(bankB) == Clearing(balance: isSettled ? 60 : 0, owedLimit: 10))
        if !isSettled { try bank.reserve(Self.debit(10, saga: 2)) }
    }

    @Test("A correspondent's limit counts what it passes on")
    func forwardsCount() throws {
        var bank = try Bank(bankB)
        try bank.perform(.limitExposure(of: bankA, minorUnits: 100, euro))
        try bank.perform(.limitOwed(to: bankC, minorUnits: 20, euro))
        try bank.reserve(request([.forward(money(20))], from: bankA, to: bankC))
        #expect(throws: Refusal.owedLimitExceeded) {
            try bank.ledger.reserve(
                request([.forward(money(1))], from: bankA, to: bankC, saga: 2))
        }
        try bank.cancel(step(1))
        try bank.reserve(request([.forward(money(20))], from: bankA, to: bankC, saga: 2))
    }
}
