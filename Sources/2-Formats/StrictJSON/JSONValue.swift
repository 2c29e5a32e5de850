/// A JSON text (RFC 8259), read strictly.
///
/// Not Foundation's decoder, because that is lenient where money is concerned: it takes 1e3 and 5.0
/// for integers, rounds 1.0000000000000001 to one, and passes over unknown fields.
package enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// A number written without point and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number. Nothing here has a use for one, so its value is not kept.
    case otherNumber
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// How deep arrays and objects may stand in each other.
    package static let depthMax = 8

    /// Reads `bytes` as one JSON text and nothing else.
    package init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        var reader = JSONReader(bytes)
        self = try reader.wholeText()
    }
}

/// Bytes that are no JSON text, or one that this reader refuses: a key twice in an object, half a
/// surrogate pair, nesting that is too deep.
package struct JSONSyntaxError: Error, Hashable {
    /// Where reading stopped, counted from 0.
    package let offset: Int

    package init(offset: Int) {
        self.offset = offset
    }
}
