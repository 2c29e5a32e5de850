public import Ledger
public import Saga

/// A field of an operation.
public enum OperationField: String, Hashable, Sendable, CaseIterable {
    case account, currency, amount, limit, peer, transit, direction

    /// The names of its members in a body or path: an amount has a currency.
    public var members: [String] { self == .amount ? ["amount", "currency"] : [rawValue] }

    /// Takes the field's members.
    func value(from members: inout RequestFields) throws(InvalidRequest) -> OperationValue {
        switch self {
        case .account: return .account(try AccountID(field: members.string("account")))
        case .currency: return .currency(try Currency(field: members.string("currency")))
        case .amount:
            return .amount(
                try Amount(
                    field: members.integer("amount"),
                    Currency(field: members.string("currency"))))
        case .limit:
            let limit = try members.integer("limit")
            guard limit >= 0 else {
                throw InvalidRequest(.invalidAmount, "\"limit\" must not be negative.")
            }
            return .limit(limit)
        case .peer: return .peer(try NodeName(field: members.string("peer"), named: "peer"))
        case .transit:
            guard let transit = LedgerOperation.Transit(rawValue: try members.string(rawValue))
            else {
                throw InvalidRequest(
                    .invalidTransit, "\"transit\" must be \"allowed\" or \"blocked\".")
            }
            return .transit(transit)
        case .direction:
            guard let direction = LedgerOperation.Direction(rawValue: try members.string(rawValue))
            else {
                throw InvalidRequest(
                    .invalidDirection, "\"direction\" must be \"received\" or \"paid\".")
            }
            return .direction(direction)
        }
    }
}

/// A field's value.
public enum OperationValue: Hashable, Sendable {
    case account(AccountID)
    case currency(Currency)
    case amount(Amount)
    /// Minor units, 0 or more.
    case limit(Int64)
    case peer(NodeName)
    case transit(LedgerOperation.Transit)
    case direction(LedgerOperation.Direction)

    /// A member's value, as JSON has it.
    public enum Scalar: Hashable, Sendable, Encodable {
        case text(String)
        case integer(Int64)

        /// As paths and fingerprints have it.
        public var text: String {
            switch self {
            case .text(let text): text
            case .integer(let integer): String(integer)
            }
        }

        /// Writes a string or a number.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .integer(let integer): try container.encode(integer)
            }
        }
    }

    /// The field's members with their values, in the order of the fingerprint.
    public var members: [(name: String, value: Scalar)] {
        switch self {
        case .account(let account): [("account", .text(account.text))]
        case .currency(let currency): [("currency", .text(currency.code))]
        case .amount(let amount):
            [("amount", .integer(amount.minorUnits)), ("currency", .text(amount.currency.code))]
        case .limit(let minorUnits): [("limit", .integer(minorUnits))]
        case .peer(let peer): [("peer", .text(peer.text))]
        case .transit(let transit): [("transit", .text(transit.rawValue))]
        case .direction(let direction): [("direction", .text(direction.rawValue))]
        }
    }
}

// The values by their fields, for a row, which names every field that its operation is made of.
extension [OperationValue] {
    var account: AccountID { only { if case .account(let account) = $0 { account } else { nil } } }
    var currency: Currency {
        only { if case .currency(let currency) = $0 { currency } else { nil } }
    }
    var amount: Amount { only { if case .amount(let amount) = $0 { amount } else { nil } } }
    var limit: Int64 { only { if case .limit(let limit) = $0 { limit } else { nil } } }
    var peer: NodeName { only { if case .peer(let peer) = $0 { peer } else { nil } } }
    var transit: LedgerOperation.Transit {
        only { if case .transit(let transit) = $0 { transit } else { nil } }
    }
    var direction: LedgerOperation.Direction {
        only { if case .direction(let direction) = $0 { direction } else { nil } }
    }

    private func only<Value>(_ value: (OperationValue) -> Value?) -> Value {
        guard let value = compactMap(value).first else {
            preconditionFailure("an operation's row names every field that it is made of")
        }
        return value
    }
}
