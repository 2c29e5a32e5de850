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
        let (kind, values) = operation.parts
        let path = values.flatMap(\.members).reduce(kind.row.path) { path, member in
            path.replacing("{\(member.name)}", with: member.value.text)
        }
        return (kind.row.method.rawValue, path)
    }
}

extension OperationRequest: Encodable {
    /// The body that belongs to ``target``.
    public func encode(to encoder: any Encoder) throws {
        let (kind, values) = operation.parts
        var body = ["id": OperationValue.Scalar.text(id.description)]
        for (name, value) in values.flatMap(\.members) where !kind.row.hasInPath(name) {
            body[name] = value
        }
        try body.encode(to: encoder)
    }
}

extension OperationRow {
    /// The values of the fields that the path has.
    ///
    /// - Parameter text: The path's part that stands for a name.
    package func valuesInPath(
        _ text: (String) -> String
    ) throws(InvalidRequest) -> [OperationValue] {
        var values: [OperationValue] = []
        for field in fields where hasInPath(field.rawValue) {
            var part = RequestFields(texts: [field.rawValue: text(field.rawValue)])
            values.append(try field.value(from: &part))
        }
        return values
    }

    /// The request whose body, as `encode(to:)` writes it, this is.
    ///
    /// - Parameter path: What ``valuesInPath(_:)`` has returned.
    package func request(
        _ path: [OperationValue], _ body: RequestFields
    ) throws(InvalidRequest) -> OperationRequest {
        var (values, body) = (path, body)
        let id = try CommandID(field: body.string("id"))
        for field in fields where !hasInPath(field.rawValue) {
            values.append(try field.value(from: &body))
        }
        try body.end()
        return OperationRequest(operation(values), id: id)
    }
}
