import Ledger
import Saga
import Testing

@Suite("Operations on accounts and peers")
struct OperationTests {
    static let open = books([alice: Account(currency: euro, available: 100)])
    static let empty = books([alice: Account(currency: euro)])
    static let frozen = books([alice: Account(currency: euro, status: .frozen, available: 100)])
    static let closed = books([alice: Account(currency: euro, status: .closed)])
    static let nobody = books()

    static let facts: [OperationRow] = [
        .init(
            "an account is opened", given: nobody, when: .open(alice, euro),
            fact: .opened(alice, euro)),
        .init("an account is frozen", given: open, when: .freeze(alice), fact: .frozen(alice)),
        .init(
            "an account is unfrozen", given: frozen, when: .unfreeze(alice),
            fact: .unfrozen(alice)),
        .init(
            "an empty account is closed", given: empty, when: .close(alice),
            fact: .closed(alice)),
        .init(
            "cash comes in", given: open, when: .deposit(money(5), to: alice),
            fact: .deposited([Posting(.cash, -5, euro), Posting(.available(alice), 5, euro)])),
        .init(
            "cash goes out, to the last cent", given: open,
            when: .withdraw(money(100), from: alice),
            fact: .withdrawn([Posting(.available(alice), -100, euro), Posting(.cash, 100, euro)])),
        .init(
            "a peer gets a limit", given: nobody,
            when: .limitExposure(of: bankB, minorUnits: 7, euro),
            fact: .exposureLimited(bankB, minorUnits: 7, euro)),
        .init(
            "what may be owed to a peer gets a limit", given: nobody,
            when: .limitOwed(to: bankB, minorUnits: 7, euro),
            fact: .owedLimited(to: bankB, minorUnits: 7, euro)),
        .init(
            "a limit below zero counts as zero", given: nobody,
            when: .limitOwed(to: bankB, minorUnits: -7, euro),
            fact: .owedLimited(to: bankB, minorUnits: 0, euro)),
        .init(
            "a limit on what may be owed is lifted",
            given: books(with: [bankB: Clearing(owedLimit: 7)]),
            when: .limitOwed(to: bankB, minorUnits: Clearing.unlimited, euro),
            fact: .owedLimited(to: bankB, minorUnits: .max, euro)),
        .init(
            "a peer's transit is blocked", given: nobody,
            when: .setTransit(from: bankB, .blocked), fact: .transitSet(from: bankB, .blocked)),
        .init(
            "a peer's transit is allowed again", given: books(blocking: [bankB]),
            when: .setTransit(from: bankB, .allowed), fact: .transitSet(from: bankB, .allowed)),
        .init(
            "a peer's transit is blocked twice", given: books(blocking: [bankB]),
            when: .setTransit(from: bankB, .blocked), fact: .transitSet(from: bankB, .blocked)),
        .init(
            "a peer pays all that it owes", given: books(with: [bankB: Clearing(balance: -9)]),
            when: .settlePeer(bankB, money(9), .received),
            fact: .peerSettled([Posting(.clearing(bankB), 9, euro), Posting(.cash, -9, euro)])),
        .init(
            "a peer is paid all that it is owed", given: books(with: [bankB: Clearing(balance: 9)]),
            when: .settlePeer(bankB, money(9), .paid),
            fact: .peerSettled([Posting(.clearing(bankB), -9, euro), Posting(.cash, 9, euro)])),
    ]

    @Test("An operation that no rule refuses is a balanced fact", arguments: facts)
    func givesAFact(_ row: OperationRow) throws { try row.check() }

    static let refusals: [OperationRow] = [
        .init("open twice", given: open, when: .open(alice, euro), refusal: .accountExists),
        .init(
            "open twice in another currency", given: open, when: .open(alice, yen),
            refusal: .accountExists),
        .init(
            "open a closed account again", given: closed, when: .open(alice, euro),
            refusal: .accountExists),
        .init(
            "open another bank's account", given: nobody, when: .open(bob, euro),
            refusal: .unknownAccount),
        .init(
            "open in a currency that has ended", given: nobody, when: .open(alice, lev),
            refusal: .currencyEnded),

        .init("freeze nothing", given: nobody, when: .freeze(alice), refusal: .unknownAccount),
        .init("freeze a closed", given: closed, when: .freeze(alice), refusal: .accountClosed),
        .init("freeze a frozen", given: frozen, when: .freeze(alice), refusal: .accountFrozen),

        .init("unfreeze nothing", given: nobody, when: .unfreeze(alice), refusal: .unknownAccount),
        .init("unfreeze a closed", given: closed, when: .unfreeze(alice), refusal: .accountClosed),
        .init("unfreeze an open", given: open, when: .unfreeze(alice), refusal: .accountNotFrozen),

        .init("close nothing", given: nobody, when: .close(alice), refusal: .unknownAccount),
        .init("close a closed", given: closed, when: .close(alice), refusal: .accountClosed),
        .init("close a frozen", given: frozen, when: .close(alice), refusal: .accountFrozen),
        .init(
            "close an account that a transfer leaves",
            given: books([alice: Account(currency: euro, held: 1)]), when: .close(alice),
            refusal: .accountInUse),
        .init(
            "close an account that a transfer reaches",
            given: books([alice: Account(currency: euro, incoming: 1)]), when: .close(alice),
            refusal: .accountInUse),
        .init("close with money", given: open, when: .close(alice), refusal: .accountNotEmpty),

        .init(
            "deposit to nobody", given: nobody, when: .deposit(money(1), to: alice),
            refusal: .unknownAccount),
        .init(
            "deposit to another bank's account", given: open, when: .deposit(money(1), to: bob),
            refusal: .unknownAccount),
        .init(
            "deposit to a closed", given: closed, when: .deposit(money(1), to: alice),
            refusal: .accountClosed),
        .init(
            "deposit to a frozen", given: frozen, when: .deposit(money(1), to: alice),
            refusal: .accountFrozen),
        .init(
            "deposit another currency", given: open, when: .deposit(money(1, yen), to: alice),
            refusal: .accountCurrency),
        .init(
            "deposit more than fits", given: open, when: .deposit(money(.max), to: alice),
            refusal: .balanceTooLarge),

        .init(
            "withdraw from nobody", given: nobody, when: .withdraw(money(1), from: alice),
            refusal: .unknownAccount),
        .init(
            "withdraw from a closed", given: closed, when: .withdraw(money(1), from: alice),
            refusal: .accountClosed),
        .init(
            "withdraw from a frozen", given: frozen, when: .withdraw(money(1), from: alice),
            refusal: .accountFrozen),
        .init(
            "withdraw another currency", given: open, when: .withdraw(money(1, yen), from: alice),
            refusal: .accountCurrency),
        .init(
            "withdraw a cent too much", given: open, when: .withdraw(money(101), from: alice),
            refusal: .insufficientFunds),
        .init(
            "withdraw what is held",
            given: books([alice: Account(currency: euro, available: 1, held: 9, incoming: 9)]),
            when: .withdraw(money(2), from: alice), refusal: .insufficientFunds),

        .init(
            "a stranger pays", given: nobody, when: .settlePeer(bankB, money(1), .received),
            refusal: .settlementTooLarge),
        .init(
            "a stranger is paid", given: nobody, when: .settlePeer(bankB, money(1), .paid),
            refusal: .settlementTooLarge),
        .init(
            "a peer pays a cent too much", given: books(with: [bankB: Clearing(balance: -9)]),
            when: .settlePeer(bankB, money(10), .received), refusal: .settlementTooLarge),
        .init(
            "a peer is paid a cent too much", given: books(with: [bankB: Clearing(balance: 9)]),
            when: .settlePeer(bankB, money(10), .paid), refusal: .settlementTooLarge),
        .init(
            "a peer that is owed pays", given: books(with: [bankB: Clearing(balance: 9)]),
            when: .settlePeer(bankB, money(1), .received), refusal: .settlementTooLarge),
        .init(
            "a peer that owes is paid", given: books(with: [bankB: Clearing(balance: -9)]),
            when: .settlePeer(bankB, money(1), .paid), refusal: .settlementTooLarge),
        .init(
            "a peer settles in another currency",
            given: books(with: [bankB: Clearing(balance: -9)]),
            when: .settlePeer(bankB, money(1, yen), .received), refusal: .settlementTooLarge),
        .init(
            "a peer settles what is only reserved",
            given: books(with: [bankB: Clearing(inbound: 9, outbound: 9, limit: 9)]),
            when: .settlePeer(bankB, money(1), .received), refusal: .settlementTooLarge),
    ]

    @Test("A rule rejects it, and which one", arguments: refusals)
    func isRefused(_ row: OperationRow) throws { try row.check() }

    static let closedInUse = books(
        [alice: Account(currency: euro, status: .closed, available: 1, held: 1, incoming: 1)])
    static let frozenInUse = books(
        [alice: Account(currency: euro, status: .frozen, available: 1, held: 1, incoming: 1)])
    static let full = books(
        [alice: Account(currency: euro, available: .max)], cash: .min,
        with: [bankB: Clearing(balance: -9)])

    /// States that break two neighbouring rules. Closed and frozen exclude each other, and an
    /// account that does not exist breaks no other rule.
    static let precedence: [OperationRow] = [
        .init(
            "open: another bank's before a known one",
            given: books([bob: Account(currency: euro)]), when: .open(bob, euro),
            refusal: .unknownAccount),
        .init(
            "open: another bank's before an ended currency", given: nobody, when: .open(bob, lev),
            refusal: .unknownAccount),
        .init(
            "open: a known one before an ended currency", given: open, when: .open(alice, lev),
            refusal: .accountExists),
        .init(
            "close: closed before in use", given: closedInUse, when: .close(alice),
            refusal: .accountClosed),
        .init(
            "close: frozen before in use", given: frozenInUse, when: .close(alice),
            refusal: .accountFrozen),
        .init(
            "close: held before not empty",
            given: books([alice: Account(currency: euro, available: 1, held: 1)]),
            when: .close(alice), refusal: .accountInUse),
        .init(
            "close: incoming before not empty",
            given: books([alice: Account(currency: euro, available: 1, incoming: 1)]),
            when: .close(alice), refusal: .accountInUse),
        .init(
            "deposit: closed before currency", given: closed,
            when: .deposit(money(1, yen), to: alice), refusal: .accountClosed),
        .init(
            "deposit: frozen before currency", given: frozen,
            when: .deposit(money(1, yen), to: alice), refusal: .accountFrozen),
        .init(
            "deposit: currency before room", given: full,
            when: .deposit(money(.max, yen), to: alice), refusal: .accountCurrency),
        .init(
            "deposit: frozen before room", given: frozen,
            when: .deposit(money(.max), to: alice), refusal: .accountFrozen),
        .init(
            "withdraw: closed before currency", given: closed,
            when: .withdraw(money(1, yen), from: alice), refusal: .accountClosed),
        .init(
            "withdraw: frozen before currency", given: frozen,
            when: .withdraw(money(1, yen), from: alice), refusal: .accountFrozen),
        .init(
            "withdraw: currency before funds", given: open,
            when: .withdraw(money(.max, yen), from: alice), refusal: .accountCurrency),
        .init(
            "withdraw: frozen before funds", given: frozen,
            when: .withdraw(money(.max), from: alice), refusal: .accountFrozen),
        .init(
            "withdraw: funds before room in cash",
            given: books([alice: Account(currency: euro, available: 1)], cash: .max),
            when: .withdraw(money(2), from: alice), refusal: .insufficientFunds),
        .init(
            "settle-peer: what is open before room in cash", given: full,
            when: .settlePeer(bankB, money(10), .received), refusal: .settlementTooLarge),
    ]

    @Test("Of two rules that say no, the first one answers", arguments: precedence)
    func firstRuleAnswers(_ row: OperationRow) throws { try row.check() }

    @Test("An account in a currency that has ended lives on until it is closed")
    func endedCurrency() throws {
        var bank = try Bank(given: [.opened(alice, lev), .opened(anna, lev)])
        try bank.perform(.deposit(money(10, lev), to: alice))
        try bank.reserve(
            request([.debit(alice, money(4, lev)), .credit(anna, money(4, lev))]))
        try bank.confirm(step(0))
        try bank.perform(.limitExposure(of: bankB, minorUnits: 7, lev))
        try bank.reserve(request([.credit(anna, money(7, lev))], from: bankB, saga: 2))
        try bank.confirm(step(1, of: 2))
        try bank.perform(.settlePeer(bankB, money(7, lev), .received))
        try bank.perform(.withdraw(money(6, lev), from: alice))
        try bank.perform(.withdraw(money(11, lev), from: anna))
        for account in [alice, anna] {
            try bank.perform(.freeze(account))
            try bank.perform(.unfreeze(account))
            try bank.perform(.close(account))
            #expect(bank.account(account) == Account(currency: lev, status: .closed))
        }
    }

    @Test("Operations on one account leave the others alone")
    func accountsAreIndependent() throws {
        var bank = try Bank(of: alice, funds: 10)
        try bank.perform(.open(anna, yen))
        try bank.perform(.freeze(anna))
        #expect(bank.account(alice)?.status == .open)
        try bank.perform(.withdraw(money(10), from: alice))
        try bank.perform(.close(alice))
        try bank.perform(.unfreeze(anna))
        #expect(bank.account(anna) == Account(currency: yen))
        #expect(bank.account(alice) == Account(currency: euro, status: .closed))
        #expect(bank.cash == 0)
    }
}
