public import Ledger
public import Saga

/// A client's or operator's order outside any transfer, under a UUID that makes sending it again
/// harmless.
public struct OperationRequest: Hashable, Sendable {
    /// The client's UUID, out of the same space as those of transfers.
    public let id: CommandID
    /// The order; the ledger judges it.
    public let operation: LedgerOperation

    /// Takes the parts as they are: only ``target`` and the body follow from them.
    public init(_ operation: LedgerOperation, id: CommandID) {
        self.id = id
        self.operation = operation
    }
}

extension OperationRequest {
    /// Where the order is sent: method, and path from the root.
    public var target: (method: String, path: String) {
        switch operation {
        case .open: ("POST", "/v1/accounts")
        case .freeze(let account): ("POST", "/v1/accounts/\(account)/freeze")
        case .unfreeze(let account): ("POST", "/v1/accounts/\(account)/unfreeze")
        case .close(let account): ("POST", "/v1/accounts/\(account)/close")
        case .deposit: ("POST", "/v1/deposits")
        case .withdraw: ("POST", "/v1/withdrawals")
        case .limitExposure(let peer, _, let currency):
            ("PUT", "/v1/peers/\(peer)/limits/\(currency)")
        case .settlePeer: ("POST", "/v1/settlements")
        }
    }
}

extension OperationRequest: Encodable {
    private enum Key: String, CodingKey {
        case id, account, amount, currency, limit, peer, direction
    }

    /// The body that belongs to ``target``.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id, forKey: .id)
        switch operation {
        case .open(let account, let currency):
            try fields.encode(account, forKey: .account)
            try fields.encode(currency, forKey: .currency)
        case .freeze, .unfreeze, .close:
            break
        case .deposit(let amount, let account), .withdraw(let amount, let account):
            try fields.encode(account, forKey: .account)
            try fields.encode(amount.minorUnits, forKey: .amount)
            try fields.encode(amount.currency, forKey: .currency)
        case .limitExposure(_, let minorUnits, _):
            try fields.encode(minorUnits, forKey: .limit)
        case .settlePeer(let peer, let amount, let direction):
            try fields.encode(peer, forKey: .peer)
            try fields.encode(amount.minorUnits, forKey: .amount)
            try fields.encode(amount.currency, forKey: .currency)
            try fields.encode(direction.rawValue, forKey: .direction)
        }
    }
}

// Each route's body, as `encode(to:)` writes it.
extension OperationRequest {
    static func opening(_ fields: inout RequestFields) throws(InvalidRequest) -> OperationRequest {
        let id = try SagaID(field: fields.string("id"))
        let account = try AccountID(field: fields.string("account"))
        let currency = try Currency(field: fields.string("currency"))
        try fields.end()
        return OperationRequest(.open(account, currency), id: id)
    }

    static func change(
        _ fields: inout RequestFields, _ operation: LedgerOperation
    ) throws(InvalidRequest) -> OperationRequest {
        let id = try SagaID(field: fields.string("id"))
        try fields.end()
        return OperationRequest(operation, id: id)
    }

    static func cash(
        _ fields: inout RequestFields, _ operation: (Amount, AccountID) -> LedgerOperation
    ) throws(InvalidRequest) -> OperationRequest {
        let id = try SagaID(field: fields.string("id"))
        let account = try AccountID(field: fields.string("account"))
        let amount = try fields.amount()
        try fields.end()
        return OperationRequest(operation(amount, account), id: id)
    }

    static func limit(
        _ fields: inout RequestFields, of peer: NodeName, in currency: Currency
    ) throws(InvalidRequest) -> OperationRequest {
        let id = try SagaID(field: fields.string("id"))
        let limit = try fields.integer("limit")
        guard limit >= 0 else {
            throw InvalidRequest(.invalidAmount, "\"limit\" must not be negative.")
        }
        try fields.end()
        return OperationRequest(.limitExposure(of: peer, minorUnits: limit, currency), id: id)
    }

    static func settlement(
        _ fields: inout RequestFields
    ) throws(InvalidRequest) -> OperationRequest {
        let id = try SagaID(field: fields.string("id"))
        let peer = try NodeName(field: fields.string("peer"), named: "peer")
        let amount = try fields.amount()
        guard let direction = LedgerOperation.Direction(rawValue: try fields.string("direction"))
        else {
            throw InvalidRequest(
                .invalidDirection, "\"direction\" must be \"received\" or \"paid\".")
        }
        try fields.end()
        return OperationRequest(.settlePeer(peer, amount, direction), id: id)
    }
}

extension RequestFields {
    fileprivate mutating func amount() throws(InvalidRequest) -> Amount {
        try Amount(field: integer("amount"), Currency(field: string("currency")))
    }
}
