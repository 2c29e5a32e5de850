public import Ledger

/// The operations of a bank, each described once: its route, its call, its fingerprint and the name
/// of its command follow from ``row``; the command's arguments and `openapi.yaml` are compared with
/// it by tests.
///
/// The raw value is the operation's word in fingerprints, which logs remember: it never changes.
public enum OperationKind: String, Hashable, Sendable, CaseIterable {
    case open, freeze, unfreeze, close, deposit, withdraw, limitExposure, limitOwed, setTransit
    case settlePeer

    /// The operation's row of the table.
    public var row: OperationRow {
        switch self {
        case .open:
            .init(
                name: "openAccount", role: .operator, method: .post, path: "/v1/accounts",
                command: "account open", fields: [.account, .currency]
            ) { .open($0.account, $0.currency) }
        case .freeze:
            .init(
                name: "freeze", role: .operator, method: .post,
                path: "/v1/accounts/{account}/freeze", command: "account freeze",
                fields: [.account]
            ) { .freeze($0.account) }
        case .unfreeze:
            .init(
                name: "unfreeze", role: .operator, method: .post,
                path: "/v1/accounts/{account}/unfreeze", command: "account unfreeze",
                fields: [.account]
            ) { .unfreeze($0.account) }
        case .close:
            .init(
                name: "close", role: .operator, method: .post,
                path: "/v1/accounts/{account}/close", command: "account close",
                fields: [.account]
            ) { .close($0.account) }
        case .deposit:
            .init(
                name: "deposit", role: .operator, method: .post, path: "/v1/deposits",
                command: "deposit", fields: [.account, .amount]
            ) { .deposit($0.amount, to: $0.account) }
        case .withdraw:
            .init(
                name: "withdraw", role: .operator, method: .post, path: "/v1/withdrawals",
                command: "withdraw", fields: [.account, .amount]
            ) { .withdraw($0.amount, from: $0.account) }
        case .limitExposure:
            .init(
                name: "limitExposure", role: .operator, method: .put,
                path: "/v1/peers/{peer}/limits/{currency}", command: "peer limit",
                fields: [.peer, .limit, .currency]
            ) { .limitExposure(of: $0.peer, minorUnits: $0.limit, $0.currency) }
        case .limitOwed:
            .init(
                name: "limitOwed", role: .operator, method: .put,
                path: "/v1/peers/{peer}/owed-limits/{currency}", command: "peer owed-limit",
                fields: [.peer, .limit, .currency]
            ) { .limitOwed(to: $0.peer, minorUnits: $0.limit, $0.currency) }
        case .setTransit:
            .init(
                name: "setTransit", role: .operator, method: .put, path: "/v1/peers/{peer}/transit",
                command: "peer transit", fields: [.peer, .transit]
            ) { .setTransit(from: $0.peer, $0.transit) }
        case .settlePeer:
            .init(
                name: "settle", role: .operator, method: .post, path: "/v1/settlements",
                command: "peer settle", fields: [.peer, .amount, .direction]
            ) { .settlePeer($0.peer, $0.amount, $0.direction) }
        }
    }
}

extension LedgerOperation {
    /// The operation's kind, and the values of its row's fields in their order.
    public var parts: (kind: OperationKind, values: [OperationValue]) {
        switch self {
        case .open(let account, let currency): (.open, [.account(account), .currency(currency)])
        case .freeze(let account): (.freeze, [.account(account)])
        case .unfreeze(let account): (.unfreeze, [.account(account)])
        case .close(let account): (.close, [.account(account)])
        case .deposit(let amount, let account): (.deposit, [.account(account), .amount(amount)])
        case .withdraw(let amount, let account): (.withdraw, [.account(account), .amount(amount)])
        case .limitExposure(let peer, let limit, let currency):
            (.limitExposure, [.peer(peer), .limit(limit), .currency(currency)])
        case .limitOwed(let peer, let limit, let currency):
            (.limitOwed, [.peer(peer), .limit(limit), .currency(currency)])
        case .setTransit(let peer, let transit):
            (.setTransit, [.peer(peer), .transit(transit)])
        case .settlePeer(let peer, let amount, let direction):
            (.settlePeer, [.peer(peer), .amount(amount), .direction(direction)])
        }
    }
}

/// What is said once of an operation.
public struct OperationRow: Sendable {
    /// The methods that operations have.
    public enum Method: String, Hashable, Sendable {
        case post = "POST"
        case put = "PUT"
    }

    /// The name in the API's description, which clients are generated from.
    public let name: String
    /// The least role that may send it.
    public let role: Role
    /// The route's method.
    public let method: Method
    /// The route's path. A field whose name stands there in braces is taken from the path, every
    /// other one from the body, which has the client's UUID as well.
    public let path: String
    /// The words behind `giro`.
    public let command: String
    /// In the order of the fingerprint. Those in the path are read first, then the body's.
    public let fields: [OperationField]
    /// Makes the operation of its fields' values, in whatever order.
    let operation: @Sendable ([OperationValue]) -> LedgerOperation

    /// Whether the path has the member of this name; the body has the others.
    public func hasInPath(_ name: String) -> Bool { path.contains("{\(name)}") }
}
