public import Chain
public import Ledger
public import Saga

// How values stand in the API's JSON: identifiers as their text, times as milliseconds since
// 1970-01-01T00:00:00Z, positions as numbers.

/// A value that JSON carries as its text.
public protocol TextCodable: Codable {
    /// The text that JSON carries; `init(_:)` reads it.
    var description: String { get }
    /// `nil` for a text that is no such value.
    init?(_ text: String)
}

extension TextCodable {
    /// Reads a JSON string.
    /// - Throws: `DecodingError`, where `init(_:)` refuses the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "the text is no \(Self.self)")
        }
        self = value
    }

    /// Writes the description as a JSON string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension CommandID: TextCodable {}
extension Hash: TextCodable {}
extension NodeName: TextCodable {}
extension AccountID: TextCodable {}
extension Currency: TextCodable {}
extension Book: TextCodable {}
extension Principal: TextCodable {}

extension Refusal: Codable {
    /// A bare code that only a newer version of the protocol knows says nothing here.
    public init(from decoder: any Decoder) throws {
        let code = try decoder.singleValueContainer().decode(String.self)
        self = Refusal(code: code) ?? .unspecified
    }

    /// Writes the code.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}

extension Refusal {
    /// As a bank explains it.
    public var bankReason: RefusalReason { reason(at: Ledger.self) }
}

extension ForkID: TextCodable {
    /// 32 hexadecimal digits.
    public var description: String { Hexadecimal.text(of: bytes) }

    /// `nil` for anything but 32 hexadecimal digits.
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.bytes(of: text) else { return nil }
        self.init(bytes: bytes)
    }
}

extension StepState: Codable {
    private static let names: [(state: StepState, name: String)] = allCases.map { ($0, "\($0)") }

    /// Reads the state's name.
    /// - Throws: `DecodingError`, also for a state that this version does not know.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let state = Self.names.first(where: { $0.name == name })?.state else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "the text is no state of a step")
        }
        self = state
    }

    /// Writes the state's name, as `reserved`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(self)")
    }
}

extension Timestamp: Codable {
    /// Reads a JSON integer: milliseconds since 1970-01-01T00:00:00Z.
    public init(from decoder: any Decoder) throws {
        self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    /// Writes a JSON integer: milliseconds since 1970-01-01T00:00:00Z.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Position: Codable {
    /// Reads a JSON integer from 0 up.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(UInt64.self))
    }

    /// Writes a JSON integer.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
