public import Ledger
public import Saga

/// Banks and customers of the tests, by the ids that golden bytes have.
public enum Cast {
    public static let bankA = known(NodeName("bank-a"))
    public static let bankB = known(NodeName("bank-b"))
    public static let bankC = known(NodeName("bank-c"))
    public static let euro = known(Currency("EUR"))
    /// Decides what tests let people and clients decide.
    public static let ada = known(Principal("unix:ada"))
    /// Who approves or declines.
    public static let grace = known(Principal("token:operator/grace"))
    /// A customer of bank A, as is Anna.
    public static let alice = known(AccountID("acct-alice001@bank-a"))
    public static let anna = known(AccountID("acct-anna0001@bank-a"))
    /// A customer of bank B.
    public static let bob = known(AccountID("acct-bobby001@bank-b"))
    /// 0.05 EUR.
    public static let fiveCents = known(Amount(minorUnits: 5, currency: euro))
    /// Operations of bank A, of every kind.
    public static let operations: [LedgerOperation] = [
        .open(alice, euro), .freeze(alice), .unfreeze(alice), .close(alice),
        .deposit(fiveCents, to: alice), .withdraw(fiveCents, from: alice),
        .limitExposure(of: bankB, minorUnits: 5, euro),
        .limitOwed(to: bankB, minorUnits: 5, euro),
        .setTransit(from: bankB, .blocked), .setTransit(from: bankB, .allowed),
        .settlePeer(bankB, fiveCents, .received), .settlePeer(bankB, fiveCents, .paid),
    ]
}

/// The value of a literal that is right.
public func known<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a literal of the tests is wrong") }
    return value
}
