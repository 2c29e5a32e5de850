import Saga

/// In JSON the order's fields stand beside `id`, `state` and `entries`, as they do in a request.
extension TransferReport: Codable {
    private enum Key: String, CodingKey {
        case id, contents, from, entries
    }

    /// Reads a report; the order is there where the field `from` is.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decode(CommandID.self, forKey: .id)
        contents = try fields.decode([Hash].self, forKey: .contents)
        state = try TransferState(from: decoder)
        order = fields.contains(.from) ? try Order(from: decoder) : nil
        entries = try fields.decode([EntryReport].self, forKey: .entries)
    }

    /// Writes the order's and the state's fields beside the report's own.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(contents, forKey: .contents)
        try fields.encode(entries, forKey: .entries)
        try state.encode(to: encoder)
        try order?.encode(to: encoder)
    }
}
