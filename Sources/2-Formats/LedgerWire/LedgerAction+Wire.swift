import Ledger
import Wire

extension Giro_Ledger_V1_Money {
    init(_ minorUnits: Int64, _ currency: Currency) {
        self.init()
        self.minorUnits = minorUnits
        self.currency = currency.code
    }

    init(_ amount: Amount) {
        self.init(amount.minorUnits, amount.currency)
    }
}

extension Currency {
    init(wire code: String) throws(WireError) {
        guard let currency = Currency(code) else { throw WireError("it is no ISO 4217 currency") }
        self = currency
    }
}

extension Amount {
    init(wire money: Giro_Ledger_V1_Money) throws(WireError) {
        try money.requireAllKnown()
        let currency = try Currency(wire: money.currency)
        guard let amount = Amount(minorUnits: money.minorUnits, currency: currency) else {
            throw WireError("an amount is not positive")
        }
        self = amount
    }
}

extension AccountID {
    init(wire text: String) throws(WireError) {
        guard let account = AccountID(text) else { throw WireError("it is no account id") }
        self = account
    }
}

extension Giro_Ledger_V1_Debit {
    init(_ account: AccountID, _ amount: Amount) {
        self.init()
        self.account = account.text
        self.amount = .init(amount)
    }
}

extension Giro_Ledger_V1_Credit {
    init(_ account: AccountID, _ amount: Amount) {
        self.init()
        self.account = account.text
        self.amount = .init(amount)
    }
}

extension Giro_Ledger_V1_Forward {
    init(_ amount: Amount) {
        self.init()
        self.amount = .init(amount)
    }
}

extension LedgerAction {
    init(wire debit: Giro_Ledger_V1_Debit) throws(WireError) {
        try debit.requireAllKnown()
        self = .debit(try AccountID(wire: debit.account), try Amount(wire: debit.amount))
    }

    init(wire credit: Giro_Ledger_V1_Credit) throws(WireError) {
        try credit.requireAllKnown()
        self = .credit(try AccountID(wire: credit.account), try Amount(wire: credit.amount))
    }

    init(wire forward: Giro_Ledger_V1_Forward) throws(WireError) {
        try forward.requireAllKnown()
        self = .forward(try Amount(wire: forward.amount))
    }

    init(wire action: Giro_Ledger_V1_Action) throws(WireError) {
        try action.requireAllKnown()
        switch action.action {
        case .debit(let debit): try self.init(wire: debit)
        case .credit(let credit): try self.init(wire: credit)
        case .forward(let forward): try self.init(wire: forward)
        case nil: throw WireError("an action is empty")
        }
    }

    var wire: Giro_Ledger_V1_Action {
        var wire = Giro_Ledger_V1_Action()
        switch self {
        case .debit(let account, let amount): wire.action = .debit(.init(account, amount))
        case .credit(let account, let amount): wire.action = .credit(.init(account, amount))
        case .forward(let amount): wire.action = .forward(.init(amount))
        }
        return wire
    }
}
