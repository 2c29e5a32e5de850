public import Saga

// The reasons of a ledger, which stand in logs: a code is never renamed or reused.

extension Refusal {
    // MARK: The payer's account

    /// The payer's account does not exist.
    public static let unknownDebtor = Refusal(defining: "ledger.unknownDebtor")
    /// The payer's account is closed.
    public static let debtorClosed = Refusal(defining: "ledger.debtorClosed")
    /// The payer's account is frozen.
    public static let debtorFrozen = Refusal(defining: "ledger.debtorFrozen")
    /// The payer's account is in another currency.
    public static let debtorCurrency = Refusal(defining: "ledger.debtorCurrency")
    /// The payer's available balance is too low.
    public static let insufficientFunds = Refusal(defining: "ledger.insufficientFunds")

    // MARK: The payee's account

    /// The payee's account does not exist.
    public static let unknownCreditor = Refusal(defining: "ledger.unknownCreditor")
    /// The payee's account is closed.
    public static let creditorClosed = Refusal(defining: "ledger.creditorClosed")
    /// The payee's account is frozen.
    public static let creditorFrozen = Refusal(defining: "ledger.creditorFrozen")
    /// The payee's account is in another currency.
    public static let creditorCurrency = Refusal(defining: "ledger.creditorCurrency")

    // MARK: The books

    /// A balance would no longer fit: refused now, so that confirming cannot overflow.
    public static let balanceTooLarge = Refusal(defining: "ledger.balanceTooLarge")
    /// The peer would owe more than its exposure limit.
    public static let exposureExceeded = Refusal(defining: "ledger.exposureExceeded")

    /// This bank would owe the next one more than its operator allows.
    public static let owedLimitExceeded = Refusal(defining: "ledger.owedLimitExceeded")

    // MARK: Passing money on

    /// The bank before may not pass money through this one.
    public static let transitNotAllowed = Refusal(defining: "ledger.transitNotAllowed")

    // MARK: Operations on one account or peer

    /// There is an account of that id already.
    public static let accountExists = Refusal(defining: "ledger.accountExists")
    /// The account does not exist.
    public static let unknownAccount = Refusal(defining: "ledger.unknownAccount")
    /// The account is closed.
    public static let accountClosed = Refusal(defining: "ledger.accountClosed")
    /// The account is frozen.
    public static let accountFrozen = Refusal(defining: "ledger.accountFrozen")
    /// The account is not frozen.
    public static let accountNotFrozen = Refusal(defining: "ledger.accountNotFrozen")
    /// The account is in another currency.
    public static let accountCurrency = Refusal(defining: "ledger.accountCurrency")
    /// An account with money in it cannot be closed.
    public static let accountNotEmpty = Refusal(defining: "ledger.accountNotEmpty")
    /// An account cannot be closed while a transfer holds something of it, in either direction.
    public static let accountInUse = Refusal(defining: "ledger.accountInUse")
    /// The amount is more than what is open between this node and the peer.
    public static let settlementTooLarge = Refusal(defining: "ledger.settlementTooLarge")
    /// No account is opened in a currency that has left ISO 4217.
    public static let currencyEnded = Refusal(defining: "ledger.currencyEnded")
}

extension Ledger {
    /// The ledger's reasons, each once.
    public static let refusalReasons: [RefusalReason] = [
        RefusalReason(.unknownDebtor, "AC02", "The payer's account does not exist."),
        RefusalReason(.debtorClosed, "AC04", "The payer's account is closed."),
        RefusalReason(.debtorFrozen, "AC06", "The payer's account is frozen."),
        RefusalReason(.debtorCurrency, "AM03", "The payer's account is in another currency."),
        RefusalReason(.insufficientFunds, "AM04", "The payer's available balance is too low."),
        RefusalReason(.unknownCreditor, "AC03", "The payee's account does not exist."),
        RefusalReason(.creditorClosed, "AC07", "The payee's account is closed."),
        RefusalReason(.creditorFrozen, "AC06", "The payee's account is frozen."),
        RefusalReason(.creditorCurrency, "AM03", "The payee's account is in another currency."),
        RefusalReason(
            .balanceTooLarge, "AM02", "The balance would grow beyond what can be counted."),
        RefusalReason(
            .exposureExceeded, "AM23", "The sending bank's exposure limit would be exceeded."),
        RefusalReason(
            .owedLimitExceeded, "AM23", "The limit on what is owed to the next bank is reached."),
        RefusalReason(
            .transitNotAllowed, "RC11", "The sending bank may not pass money through this bank."),
        RefusalReason(.accountExists, "AM05", "There is an account of that id already."),
        RefusalReason(.unknownAccount, "AC01", "The account does not exist."),
        RefusalReason(.accountClosed, "AC04", "The account is closed."),
        RefusalReason(.accountFrozen, "AC06", "The account is frozen."),
        RefusalReason(.accountNotFrozen, "AG01", "The account is not frozen."),
        RefusalReason(.accountCurrency, "AM03", "The account is in another currency."),
        RefusalReason(.accountNotEmpty, "AG01", "There is still money in the account."),
        RefusalReason(.accountInUse, "AG01", "A transfer still holds something of the account."),
        RefusalReason(.settlementTooLarge, "AM09", "That is more than what is open with the peer."),
        RefusalReason(
            .currencyEnded, "AM03", "The currency has ended: no account is opened in it any more."),
    ]
}
