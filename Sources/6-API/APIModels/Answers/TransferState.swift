public import Saga

/// What has become of a transfer, as far as one node knows: concluded from its steps there, never
/// set by anybody.
public enum TransferState: Hashable, Sendable {
    /// The node has never heard of it.
    case unknown
    /// Several transfers of other nodes have this UUID here, with different contents: ask for one
    /// of them by the hash of its content.
    case ambiguous
    /// Held, or not decided yet: it will end in one of the three below.
    case pending
    case settled
    /// Held, and then given back.
    case rolledBack(Refusal)
    /// Never held.
    case refused(Refusal)

    /// True where this node never changes it again.
    public var isFinal: Bool {
        switch self {
        case .settled, .rolledBack, .refused: true
        case .unknown, .ambiguous, .pending: false
        }
    }

    /// The reason, where the transfer did not happen.
    public var refusal: Refusal? {
        switch self {
        case .rolledBack(let refusal), .refused(let refusal): refusal
        case .unknown, .ambiguous, .pending, .settled: nil
        }
    }

    /// The stable word for it.
    public var word: String {
        switch self {
        case .unknown: "unknown"
        case .ambiguous: "ambiguous"
        case .pending: "pending"
        case .settled: "settled"
        case .rolledBack: "rolledBack"
        case .refused: "refused"
        }
    }
}

/// In JSON: `state`, and with a rolled back or refused transfer `reason` and `code`. It shares the
/// object with whatever it is a part of.
extension TransferState: Codable {
    enum Key: String, CodingKey {
        case state, reason, code
    }

    /// Reads the fields of the surrounding object.
    /// - Throws: `DecodingError`, also for a state that this version does not know. A reason of a
    /// newer version is read as `unspecified`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let refusal = try fields.decodeRefusal(forKey: .reason) ?? .unspecified
        switch try fields.decode(String.self, forKey: .state) {
        case "unknown": self = .unknown
        case "ambiguous": self = .ambiguous
        case "pending": self = .pending
        case "settled": self = .settled
        case "rolledBack": self = .rolledBack(refusal)
        case "refused": self = .refused(refusal)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .state, in: fields, debugDescription: "the state is not known")
        }
    }

    /// Writes the fields into the surrounding object.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(word, forKey: .state)
        try fields.encodeIfPresent(refusal, forKey: .reason)
        try fields.encodeIfPresent(refusal?.bankReason.isoCode, forKey: .code)
    }
}

extension KeyedDecodingContainer {
    func decodeRefusal(forKey key: Key) throws -> Refusal? {
        try decodeIfPresent(Refusal.self, forKey: key)
    }
}
