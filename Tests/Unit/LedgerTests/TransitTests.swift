import Ledger
import Saga
import Testing

@Suite("Money that passes through")
struct TransitTests {
    /// From bank A to bank C, and the other way.
    static func forward(_ saga: UInt64, back: Bool = false) -> StepRequest<LedgerAction> {
        request(
            [.forward(money(10))], from: back ? bankC : bankA, to: back ? bankA : bankC,
            saga: saga)
    }

    static func bank() throws -> Bank {
        var bank = try Bank(of: bob, funds: 100)
        for peer in [bankA, bankC] {
            try bank.perform(.limitExposure(of: peer, minorUnits: 100, euro))
        }
        return bank
    }

    @Test("Every peer may pass money through until an operator blocks it, and then it alone")
    func blocksOnePeer() throws {
        var bank = try Self.bank()
        try bank.reserve(Self.forward(1))
        try bank.perform(.setTransit(from: bankA, .blocked))
        #expect(throws: Refusal.transitNotAllowed) { try bank.ledger.reserve(Self.forward(2)) }
        try bank.reserve(Self.forward(3, back: true))
        try bank.perform(.setTransit(from: bankC, .blocked))
        #expect(bank.ledger.transitBlocked == [bankA, bankC])
        try bank.perform(.setTransit(from: bankA, .allowed))
        #expect(bank.ledger.transitBlocked == [bankC])
        try bank.reserve(Self.forward(4))
        #expect(throws: Refusal.transitNotAllowed) {
            try bank.ledger.reserve(Self.forward(5, back: true))
        }
    }

    @Test("What is held when transit is blocked is settled, or released", arguments: [true, false])
    func heldStaysHeld(_ isSettled: Bool) throws {
        var bank = try Self.bank()
        try bank.reserve(Self.forward(1))
        try bank.perform(.setTransit(from: bankA, .blocked))
        #expect(bank.ledger.holds(step(1)))
        if isSettled { try bank.confirm(step(1)) } else { try bank.cancel(step(1)) }
        #expect(bank.clearing(bankA) == Clearing(balance: isSettled ? -10 : 0, limit: 100))
        #expect(bank.clearing(bankC) == Clearing(balance: isSettled ? 10 : 0, limit: 100))
    }

    @Test("A peer without transit still pays this bank's customers, and is paid by them")
    func ownCustomers() throws {
        var bank = try Self.bank()
        try bank.perform(.setTransit(from: bankA, .blocked))
        try bank.reserve(request([.credit(bob, money(7))], from: bankA))
        try bank.confirm(step(1))
        try bank.reserve(request([.debit(bob, money(100))], to: bankA, saga: 2))
        try bank.confirm(step(0, of: 2))
        #expect(bank.account(bob)?.available == 7)
        #expect(bank.clearing(bankA).balance == 93)
    }

    @Test("A setting that is made again changes nothing")
    func again() throws {
        var bank = try Self.bank()
        try bank.perform(.setTransit(from: bankA, .allowed))
        let before = bank.ledger
        #expect(before.transitBlocked.isEmpty)
        for _ in 1...2 { try bank.perform(.setTransit(from: bankA, .blocked)) }
        #expect(bank.ledger.transitBlocked == [bankA])
        try bank.perform(.setTransit(from: bankA, .allowed))
        #expect(bank.ledger == before)
    }
}
