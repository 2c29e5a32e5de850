import Ledger
import Saga

extension TransferRequest {
    /// One JSON object: the body of a request, or a line of NDJSON without its end.
    public init(json bytes: [UInt8]) throws(InvalidRequest) {
        var fields = try RequestFields(json: bytes)
        let id = try fields.string("id")
        let payer = try fields.string("from")
        let payee = try fields.string("to")
        let via = try fields.optionalStrings("via")
        let amount = try fields.integer("amount")
        let currency = try fields.string("currency")
        let reference = try fields.optionalString("reference")
        let timeout = try fields.optionalString("timeout")
        try fields.end()
        try self.init(
            id: id, from: payer, to: payee, via: via, amount: amount, currency: currency,
            reference: reference, timeout: timeout)
    }
}

extension TransferRequest {
    /// The `id` of a line that need not be a transfer otherwise, as it stands there.
    public static func idText(inJSON bytes: [UInt8]) -> String? {
        guard var fields = try? RequestFields(json: bytes) else { return firstID(in: bytes) }
        return try? fields.optionalString("id")
    }

    /// The first text behind `"id":`, where the bytes are no JSON as a whole.
    private static func firstID(in bytes: [UInt8]) -> String? {
        let name = Array("\"id\"".utf8)
        guard
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: name) })
        else { return nil }
        let value = bytes[(start + name.count)...].drop { [0x20, 0x09].contains($0) }
        guard value.first == UInt8(ascii: ":") else { return nil }
        let quoted = value.dropFirst().drop { [0x20, 0x09].contains($0) }
        guard quoted.first == UInt8(ascii: "\"") else { return nil }
        let text = quoted.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        return String(validating: text.prefix(100), as: UTF8.self)
    }
}

extension TransferRequest: Encodable {
    private enum Key: String, CodingKey {
        case id, from, to, via, amount, currency, reference, timeout
    }

    /// As ``init(json:)`` reads it.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id.description, forKey: .id)
        try fields.encode(payer.text, forKey: .from)
        try fields.encode(payee.text, forKey: .to)
        try fields.encodeIfPresent(via?.map(\.text), forKey: .via)
        try fields.encode(amount.minorUnits, forKey: .amount)
        try fields.encode(amount.currency.code, forKey: .currency)
        try fields.encodeIfPresent(reference, forKey: .reference)
        try fields.encodeIfPresent(timeout?.text, forKey: .timeout)
    }
}
