import Ledger
import Saga
import Testing

@Suite("What a peer's word is worth")
struct ExposureTests {
    static func credit(_ minorUnits: Int64, saga: UInt64 = 1) -> StepRequest<LedgerAction> {
        request([.credit(bob, money(minorUnits))], from: bankA, saga: saga)
    }

    static func bank(limit: Int64) throws -> Bank {
        var bank = try Bank(of: bob)
        try bank.perform(.limitExposure(of: bankA, minorUnits: limit, euro))
        return bank
    }

    static func clearing(
        _ balance: Int64, inbound: Int64 = 0, outbound: Int64 = 0, limit: Int64 = 100
    ) -> Clearing {
        Clearing(balance: balance, inbound: inbound, outbound: outbound, limit: limit)
    }

    /// The most that may still come: none, or an amount of which one more is too much.
    static let admitted: [(clearing: Clearing, most: Int64)] = [
        (Clearing(), 0),
        (clearing(0), 100),
        (clearing(-40), 60),
        (clearing(-100), 0),
        (clearing(-40, inbound: 60), 0),
        (clearing(0, inbound: 99), 1),
        (clearing(-300), 0),
        // What this bank owes the peer is no security, and what goes to it neither.
        (clearing(40), 100),
        (clearing(40, inbound: 40), 60),
        (clearing(-40, outbound: 40), 60),
        (clearing(0, limit: .max), .max),
        (clearing(-.max, limit: .max), 0),
        (clearing(-1, inbound: .max - 2, limit: .max), 1),
        (clearing(0, limit: 0), 0),
    ]

    @Test("Exactly up to the limit is admitted, one more is not", arguments: admitted)
    func limitIsExact(clearing: Clearing, most: Int64) throws {
        let ledger = books(
            [bob: Account(currency: euro)], with: [bankA: clearing], at: bankB)
        if most > 0 {
            #expect(throws: Never.self) { try ledger.reserve(Self.credit(most)) }
        }
        if most < .max {
            #expect(throws: Refusal.exposureExceeded) {
                try ledger.reserve(Self.credit(most + 1))
            }
        }
    }

    @Test("Nothing comes from a peer until an operator sets a limit")
    func defaultIsZero() throws {
        var bank = try Bank(of: bob)
        #expect(throws: Refusal.exposureExceeded) { try bank.ledger.reserve(Self.credit(1)) }
        try bank.perform(.limitExposure(of: bankC, minorUnits: 10, euro))
        try bank.perform(.limitExposure(of: bankA, minorUnits: 10, yen))
        #expect(throws: Refusal.exposureExceeded, "a limit is for one peer and one currency") {
            try bank.ledger.reserve(Self.credit(1))
        }
        try bank.perform(.limitExposure(of: bankA, minorUnits: 1, euro))
        try bank.reserve(Self.credit(1))
    }

    @Test("What is reserved counts, a release gives it back, a confirm keeps it")
    func reservationsCount() throws {
        var bank = try Self.bank(limit: 100)
        try bank.reserve(Self.credit(60, saga: 1))
        #expect(bank.clearing(bankA).exposure == 60)
        #expect(throws: Refusal.exposureExceeded) {
            try bank.ledger.reserve(Self.credit(41, saga: 2))
        }
        try bank.cancel(step(1, of: 1))
        #expect(bank.clearing(bankA).exposure == 0)

        try bank.reserve(Self.credit(100, saga: 2))
        try bank.confirm(step(1, of: 2))
        #expect(bank.clearing(bankA).exposure == 100)
        #expect(throws: Refusal.exposureExceeded) {
            try bank.ledger.reserve(Self.credit(1, saga: 3))
        }
        try bank.perform(.settlePeer(bankA, money(30), .received))
        #expect(bank.clearing(bankA).exposure == 70)
        try bank.reserve(Self.credit(30, saga: 3))
        #expect(throws: Refusal.exposureExceeded) {
            try bank.ledger.reserve(Self.credit(1, saga: 4))
        }
    }

    @Test("Money that goes back to the peer brings its exposure down when it is confirmed")
    func moneyBackCounts() throws {
        var bank = try Self.bank(limit: 100)
        try bank.reserve(Self.credit(100))
        try bank.confirm(step(1))
        try bank.reserve(request([.debit(bob, money(40))], to: bankA, saga: 2))
        #expect(bank.clearing(bankA).exposure == 100)
        try bank.confirm(step(0, of: 2))
        #expect(bank.clearing(bankA).exposure == 60)
    }

    @Test("A limit that is lowered stops what is new, and nothing that is reserved")
    func loweringStopsOnlyTheNew() throws {
        var bank = try Self.bank(limit: 100)
        try bank.reserve(Self.credit(60))
        try bank.perform(.limitExposure(of: bankA, minorUnits: 0, euro))
        #expect(throws: Refusal.exposureExceeded) {
            try bank.ledger.reserve(Self.credit(1, saga: 2))
        }
        try bank.confirm(step(1))
        #expect(bank.account(bob)?.available == 60)
        #expect(bank.clearing(bankA) == Clearing(balance: -60))
    }
}
