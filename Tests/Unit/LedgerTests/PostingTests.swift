import Ledger
import Saga
import Testing

@Suite("What a transfer posts")
struct PostingTests {
    @Test("Inside one bank the hold and the settlement meet between two customers")
    func settlesInsideOneBank() throws {
        var bank = try Bank(of: alice, funds: 100)
        try bank.perform(.open(anna, euro))
        let held = try bank.reserve(
            request([.debit(alice, money(30)), .credit(anna, money(30))]))
        #expect(held == [Posting(.available(alice), -30, euro), Posting(.held(alice), 30, euro)])
        #expect(bank.account(alice) == Account(currency: euro, available: 70, held: 30))
        #expect(bank.account(anna) == Account(currency: euro, incoming: 30))

        let settled = try bank.confirm(step(0))
        #expect(settled == [Posting(.held(alice), -30, euro), Posting(.available(anna), 30, euro)])
        #expect(bank.account(alice) == Account(currency: euro, available: 70))
        #expect(bank.account(anna) == Account(currency: euro, available: 30))
        #expect(bank.ledger.clearings.isEmpty)
        #expect(bank.cash == -100)
    }

    @Test("A payer may pay to the same account, and is left with what there was")
    func paysToItself() throws {
        var bank = try Bank(of: alice, funds: 100)
        try bank.reserve(request([.debit(alice, money(100)), .credit(alice, money(100))]))
        #expect(
            bank.account(alice) == Account(currency: euro, held: 100, incoming: 100))
        try bank.confirm(step(0))
        #expect(bank.account(alice) == Account(currency: euro, available: 100))
    }

    @Test("Releasing posts exactly the hold, the other way round")
    func releasesTheHold() throws {
        var bank = try Bank(of: alice, funds: 100)
        let before = bank.ledger.accounts
        let held = try bank.reserve(request([.debit(alice, money(30))], to: bankB))
        #expect(bank.clearing(bankB) == Clearing(outbound: 30))
        let released = try bank.cancel(step(0))
        #expect(released == held.map { Posting($0.book, -$0.minorUnits, $0.currency) })
        #expect(bank.ledger.accounts == before)
        #expect(bank.clearing(bankB) == Clearing())
    }

    @Test("At the payer's bank the held money becomes a debt to the next bank")
    func settlesAtThePayer() throws {
        var bank = try Bank(of: alice, funds: 100)
        try bank.reserve(request([.debit(alice, money(30))], to: bankB))
        let settled = try bank.confirm(step(0))
        #expect(
            settled == [Posting(.held(alice), -30, euro), Posting(.clearing(bankB), 30, euro)])
        #expect(bank.account(alice) == Account(currency: euro, available: 70))
        #expect(bank.clearing(bankB) == Clearing(balance: 30))
    }

    @Test("At a correspondent money moves from one bank's account to another's, only at confirm")
    func settlesAtACorrespondent() throws {
        var bank = try Bank(bankB, given: [.exposureLimited(bankA, minorUnits: 30, euro)])
        let held = try bank.reserve(request([.forward(money(30))], from: bankA, to: bankC))
        #expect(held.isEmpty)
        #expect(bank.clearing(bankA) == Clearing(inbound: 30, limit: 30))
        #expect(bank.clearing(bankC) == Clearing(outbound: 30))
        let settled = try bank.confirm(step(1))
        #expect(
            settled == [
                Posting(.clearing(bankA), -30, euro), Posting(.clearing(bankC), 30, euro),
            ])
        #expect(bank.clearing(bankA) == Clearing(balance: -30, limit: 30))
        #expect(bank.clearing(bankC) == Clearing(balance: 30))
    }

    @Test("A correspondent between a bank and itself owes nothing in the end")
    func forwardsBack() throws {
        var bank = try Bank(bankB, given: [.exposureLimited(bankA, minorUnits: 30, euro)])
        try bank.reserve(request([.forward(money(30))], from: bankA, to: bankA))
        #expect(bank.clearing(bankA) == Clearing(inbound: 30, outbound: 30, limit: 30))
        try bank.confirm(step(1))
        #expect(bank.clearing(bankA) == Clearing(limit: 30))
    }

    @Test("At the payee's bank the credit is only reserved, and posted when it is confirmed")
    func settlesAtThePayee() throws {
        var bank = try Bank(of: bob)
        try bank.perform(.limitExposure(of: bankA, minorUnits: 30, euro))
        // A shop's step follows: the bank owes it nothing.
        let held = try bank.reserve(
            request([.credit(bob, money(30))], from: bankA, to: node("shop")))
        #expect(held.isEmpty)
        #expect(bank.account(bob) == Account(currency: euro, incoming: 30))
        #expect(bank.clearing(bankA) == Clearing(inbound: 30, limit: 30))
        let settled = try bank.confirm(step(1))
        #expect(
            settled == [Posting(.available(bob), 30, euro), Posting(.clearing(bankA), -30, euro)])
        #expect(bank.account(bob) == Account(currency: euro, available: 30))
        #expect(bank.clearing(bankA) == Clearing(balance: -30, limit: 30))
        #expect(bank.clearing(node("shop")) == Clearing())
    }

    @Test("A transfer inside one bank owes nothing to the shop that follows")
    func owesNothingToShops() throws {
        var bank = try Bank(of: alice, funds: 30)
        try bank.perform(.open(anna, euro))
        try bank.reserve(
            request([.debit(alice, money(30)), .credit(anna, money(30))], to: node("shop")))
        try bank.confirm(step(0))
        #expect(bank.account(anna)?.available == 30)
        #expect(bank.ledger.clearings.isEmpty)
    }

    @Test("A reserved credit that is cancelled posts nothing and leaves nothing")
    func releasesACredit() throws {
        var bank = try Bank(of: bob)
        try bank.perform(.limitExposure(of: bankA, minorUnits: 30, euro))
        let before = bank.ledger
        try bank.reserve(request([.credit(bob, money(30))], from: bankA))
        #expect(try bank.cancel(step(1)).isEmpty)
        #expect(bank.ledger == before)
    }

    @Test("Settling and releasing work on a frozen account", arguments: [true, false])
    func closesHoldsOfFrozenAccounts(isConfirmed: Bool) throws {
        var bank = try Bank(of: alice, funds: 100)
        try bank.perform(.open(anna, euro))
        try bank.reserve(request([.debit(alice, money(30)), .credit(anna, money(30))]))
        try bank.perform(.freeze(alice))
        try bank.perform(.freeze(anna))
        if isConfirmed { try bank.confirm(step(0)) } else { try bank.cancel(step(0)) }
        #expect(bank.account(alice)?.available == (isConfirmed ? 70 : 100))
        #expect(bank.account(alice)?.held == 0)
        #expect(bank.account(anna)?.available == (isConfirmed ? 30 : 0))
        #expect(bank.account(anna)?.incoming == 0)
        #expect(bank.account(anna)?.status == .frozen)
    }

    @Test("An account with an open reservation in either direction cannot be closed")
    func reservationsKeepAccountsOpen() throws {
        var bank = try Bank(of: alice, funds: 30)
        try bank.perform(.open(anna, euro))
        try bank.reserve(request([.debit(alice, money(30)), .credit(anna, money(30))]))
        #expect(throws: Refusal.accountInUse) { try bank.ledger.perform(.close(alice)) }
        #expect(throws: Refusal.accountInUse) { try bank.ledger.perform(.close(anna)) }
        try bank.confirm(step(0))
        #expect(throws: Refusal.accountNotEmpty) { try bank.ledger.perform(.close(anna)) }
        try bank.perform(.close(alice))
        #expect(bank.account(alice)?.status == .closed)
    }

    @Test("Money that is held cannot be spent a second time")
    func heldMoneyIsNotAvailable() throws {
        var bank = try Bank(of: alice, funds: 100)
        try bank.reserve(request([.debit(alice, money(60))], to: bankB))
        #expect(throws: Refusal.insufficientFunds) {
            try bank.ledger.reserve(request([.debit(alice, money(41))], to: bankB, saga: 2))
        }
        try bank.reserve(request([.debit(alice, money(40))], to: bankB, saga: 2))
        #expect(bank.account(alice) == Account(currency: euro, held: 100))
    }

    @Test("A fact is listed under a name that programs read, so it stays")
    func names() {
        let held = HeldStep(id: step(0), actions: [], previous: nil, next: nil)
        let facts: [(LedgerFact, String)] = [
            (.opened(alice, euro), "opened"), (.frozen(alice), "frozen"),
            (.unfrozen(alice), "unfrozen"), (.closed(alice), "closed"),
            (.exposureLimited(bankB, minorUnits: 1, euro), "exposureLimited"),
            (.owedLimited(to: bankB, minorUnits: 1, euro), "owedLimited"),
            (.transitSet(from: bankB, .blocked), "transitSet"),
            (.deposited([]), "deposited"), (.withdrawn([]), "withdrawn"),
            (.peerSettled([]), "peerSettled"), (.held(held, []), "held"),
            (.settled(step(0), []), "settled"), (.released(step(0), []), "released"),
        ]
        for (fact, name) in facts { #expect(fact.name == name) }
    }
}
