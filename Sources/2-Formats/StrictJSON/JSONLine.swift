#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Values written as JSON on one line, keys sorted, and read from it.
public enum JSONLine {
    /// The byte that ends a line: LF.
    public static let end = UInt8(ascii: "\n")

    /// The value on one line, without its end. Equal values have equal bytes.
    public static func bytes(of value: some Encodable) -> [UInt8] {
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            preconditionFailure("the API's values can be encoded: \(error)")
        }
    }

    /// - Throws: `DecodingError`.
    public static func value<Value: Decodable>(
        _ bytes: some Sequence<UInt8>, as: Value.Type
    ) throws -> Value {
        try decoder.decode(Value.self, from: Data(bytes))
    }

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    private static let decoder = JSONDecoder()
}
