/// Reads one JSON text from front to back.
///
/// The depth of nesting is bounded, so that no input can exhaust the stack.
struct JSONReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func wholeText() throws(JSONSyntaxError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw syntaxError }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= JSONValue.depthMax else { throw syntaxError }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func members(depth: Int) throws(JSONSyntaxError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        offset += 1
        skipSpace()
        if skip(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw syntaxError }
            let name = try string()
            skipSpace()
            guard skip(UInt8(ascii: ":")) else { throw syntaxError }
            let value = try value(depth: depth + 1)
            guard members.updateValue(value, forKey: name) == nil else { throw syntaxError }
            skipSpace()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw syntaxError }
        return members
    }

    private mutating func elements(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
        var elements: [JSONValue] = []
        offset += 1
        skipSpace()
        if skip(UInt8(ascii: "]")) { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw syntaxError }
        return elements
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = offset
        _ = skip(UInt8(ascii: "-"))
        let firstDigit = offset
        try digits()
        // RFC 8259, section 6: no leading zeros.
        guard bytes[firstDigit] != UInt8(ascii: "0") || offset == firstDigit + 1 else {
            throw syntaxError
        }
        let end = offset
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            try digits()
        }
        guard offset == end,
            let integer = Int64(String(decoding: bytes[start..<end], as: UTF8.self))
        else { return .otherNumber }
        return .integer(integer)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = offset
        while let next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { offset += 1 }
        guard offset > start else { throw syntaxError }
    }

    private mutating func literal(
        _ text: StaticString, _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard bytes[offset...].starts(with: "\(text)".utf8) else { throw syntaxError }
        offset += text.utf8CodeUnitCount
        return value
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        offset += 1
        var text: [UInt8] = []
        while let next, next != UInt8(ascii: "\"") {
            guard next >= 0x20 else { throw syntaxError }
            if next == UInt8(ascii: "\\") {
                try escape(into: &text)
            } else {
                text.append(next)
                offset += 1
            }
        }
        guard skip(UInt8(ascii: "\"")), let text = String(validating: text, as: UTF8.self) else {
            throw syntaxError
        }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        offset += 1
        guard let escaped = next else { throw syntaxError }
        offset += 1
        switch escaped {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escaped)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try escapedScalar()).utf8)
        default: throw syntaxError
        }
    }

    /// What stands behind `\u`: four hexadecimal digits, or a surrogate pair.
    private mutating func escapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else {
            throw syntaxError
        }
        let trail = try codeUnit()
        guard UTF16.isTrailSurrogate(trail),
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00))
        else { throw syntaxError }
        return scalar
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        guard offset + 4 <= bytes.count else { throw syntaxError }
        let digits = bytes[offset..<offset + 4]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw syntaxError }
        offset += 4
        return unit
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private var syntaxError: JSONSyntaxError { JSONSyntaxError(offset: offset) }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let next, [0x20, 0x0A, 0x0D, 0x09].contains(next) { offset += 1 }
    }
}
