import Ledger
import Wire

extension Currency {
    init(wire code: String) throws(WireError) {
        guard let currency = Currency(code) else { throw WireError("it is no ISO 4217 currency") }
        self = currency
    }
}

extension AccountID {
    init(wire text: String) throws(WireError) {
        guard let account = AccountID(text) else { throw WireError("it is no account id") }
        self = account
    }
}

extension MessageWriter {
    /// A `Money`, of any amount.
    mutating func write(_ minorUnits: Int64, _ currency: Currency, _ field: Int) {
        write(field) { money in
            money.write(minorUnits, 1)
            money.write(currency.code, 2)
        }
    }

    mutating func write(_ amount: Amount, _ field: Int) {
        write(amount.minorUnits, amount.currency, field)
    }
}

extension MessageReader {
    /// A `Money`, of any amount.
    mutating func money(
        _ field: Int
    ) throws(WireError) -> (minorUnits: Int64, currency: Currency) {
        guard var money = try message(field, "giro.ledger.v1.Money") else {
            throw WireError("giro.ledger.v1.Money is missing")
        }
        let minorUnits = try money.signed(1)
        let code = try money.string(2)
        try money.end()
        return (minorUnits, try Currency(wire: code))
    }

    /// A `Money` that moves.
    mutating func amount(_ field: Int) throws(WireError) -> Amount {
        let (minorUnits, currency) = try money(field)
        guard let amount = Amount(minorUnits: minorUnits, currency: currency) else {
            throw WireError("an amount is not positive")
        }
        return amount
    }
}

extension LedgerAction {
    /// The raw value is the field of an `Action` that holds the body.
    enum Kind: Int {
        case debit = 1
        case credit = 2
        case forward = 3

        init?(word: String) {
            switch word {
            case "debit": self = .debit
            case "credit": self = .credit
            case "forward": self = .forward
            default: return nil
            }
        }

        /// Names the kind in an itinerary.
        var word: String {
            switch self {
            case .debit: "debit"
            case .credit: "credit"
            case .forward: "forward"
            }
        }

        /// The body's.
        var messageName: String {
            switch self {
            case .debit: "giro.ledger.v1.Debit"
            case .credit: "giro.ledger.v1.Credit"
            case .forward: "giro.ledger.v1.Forward"
            }
        }
    }

    var kind: Kind {
        switch self {
        case .debit: .debit
        case .credit: .credit
        case .forward: .forward
        }
    }

    /// The fields of a `Debit`, a `Credit` or a `Forward`.
    func writeBody(to writer: inout MessageWriter) {
        switch self {
        case .debit(let account, let amount), .credit(let account, let amount):
            writer.write(account.text, 1)
            writer.write(amount, 2)
        case .forward(let amount): writer.write(amount, 1)
        }
    }

    /// Reads such fields.
    init(_ kind: Kind, from reader: inout MessageReader) throws(WireError) {
        switch kind {
        case .debit:
            self = .debit(try AccountID(wire: try reader.string(1)), try reader.amount(2))
        case .credit:
            self = .credit(try AccountID(wire: try reader.string(1)), try reader.amount(2))
        case .forward: self = .forward(try reader.amount(1))
        }
    }

    /// The fields of an `Action`.
    func write(to writer: inout MessageWriter) {
        writer.write(kind.rawValue, message: writeBody(to:))
    }

    init(from reader: inout MessageReader) throws(WireError) {
        guard let kind = reader.nextField.flatMap(Kind.init(rawValue:)) else {
            try reader.end()
            throw WireError("an action is empty")
        }
        self = try reader.whole(kind.rawValue, kind.messageName) {
            body throws(WireError) in try LedgerAction(kind, from: &body)
        }
    }
}
