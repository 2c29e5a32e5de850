/// Reads one protobuf message (proto3) in the one form that ``MessageWriter`` gives it: fields in
/// the ascending order of their numbers, no field with its default value, no number longer than it
/// has to be.
///
/// The caller asks for the fields in their order, and at last for ``end()``. What is not asked for
/// is a field that this version does not know, or one that is out of place.
public struct MessageReader: Sendable {
    /// Protobuf has no higher numbers of fields.
    private static let fieldMax: UInt64 = (1 << 29) - 1

    private let bytes: [UInt8]
    private var index: Int
    private let limit: Int
    /// The message's name, for errors.
    private let name: String

    /// - Parameters:
    ///   - bytes: The whole message.
    ///   - name: What errors call it.
    public init(_ bytes: [UInt8], _ name: String) {
        self.init(bytes, 0..<bytes.count, name)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, _ name: String) {
        self.bytes = bytes
        (index, limit) = (range.lowerBound, range.upperBound)
        self.name = name
    }

    /// The number of the field that stands next; `nil` behind the last, and where it is none.
    public var nextField: Int? {
        var ahead = self
        guard index < limit, let tag = try? ahead.varint() else { return nil }
        return Int(exactly: tag >> 3)
    }

    /// Whether every field was read.
    public var isAtEnd: Bool { index == limit }

    /// - Throws: ``WireError``: there are further fields, which this version does not know.
    public func end() throws(WireError) {
        guard isAtEnd else { throw WireError("\(name) has unknown fields") }
    }

    /// Passes over the fields that are left, those of a newer version.
    ///
    /// - Parameter last: The highest number that this version knows.
    /// - Returns: Whether there were any.
    /// - Throws: ``WireError``: they are no fields, or stand out of place.
    public mutating func skipNewer(than last: Int) throws(WireError) -> Bool {
        let hadSome = !isAtEnd
        var field = UInt64(last) + 1
        while !isAtEnd { field = try skipField(from: field) }
        return hadSome
    }

    /// A `uint64`, or an enumeration's number; 0 where it is left out.
    public mutating func unsigned(_ field: Int) throws(WireError) -> UInt64 {
        guard let value = try number(field) else { return 0 }
        guard value != 0 else { throw WireError("\(name) spells out a default value") }
        return value
    }

    /// An `int64`; 0 where it is left out.
    public mutating func signed(_ field: Int) throws(WireError) -> Int64 {
        Int64(bitPattern: try unsigned(field))
    }

    /// An `optional int64`; `nil` where it is left out.
    public mutating func signedIfAny(_ field: Int) throws(WireError) -> Int64? {
        try number(field).map { Int64(bitPattern: $0) }
    }

    /// A `bool`; false where it is left out.
    public mutating func bool(_ field: Int) throws(WireError) -> Bool {
        switch try unsigned(field) {
        case 0: false
        case 1: true
        default: throw WireError("\(name) has a yes or no that is neither")
        }
    }

    /// A `string`; empty where it is left out.
    public mutating func string(_ field: Int) throws(WireError) -> String {
        guard let range = try range(field) else { return "" }
        guard !range.isEmpty else { throw WireError("\(name) spells out a default value") }
        return try text(in: range)
    }

    /// A `bytes`; empty where it is left out.
    public mutating func bytes(_ field: Int) throws(WireError) -> [UInt8] {
        guard let range = try range(field) else { return [] }
        guard !range.isEmpty else { throw WireError("\(name) spells out a default value") }
        return Array(bytes[range])
    }

    /// The next of a `repeated string`; `nil` behind the last.
    public mutating func stringElement(_ field: Int) throws(WireError) -> String? {
        guard let range = try range(field) else { return nil }
        return try text(in: range)
    }

    /// The next of a `repeated bytes`; `nil` behind the last.
    public mutating func bytesElement(_ field: Int) throws(WireError) -> [UInt8]? {
        try range(field).map { Array(bytes[$0]) }
    }

    /// A message, which errors call by `name`; `nil` where it is left out. The next one where it is
    /// repeated.
    public mutating func message(
        _ field: Int, _ name: String
    ) throws(WireError) -> MessageReader? {
        try range(field).map { MessageReader(bytes, $0, name) }
    }

    private func text(in range: Range<Int>) throws(WireError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw WireError("\(name) has a text that is not UTF-8")
        }
        return text
    }

    /// The number of `field` if that stands next.
    private mutating func number(_ field: Int) throws(WireError) -> UInt64? {
        try isNext(field, .varint) ? try varint() : nil
    }

    /// Where the bytes of `field` are, if that stands next.
    private mutating func range(_ field: Int) throws(WireError) -> Range<Int>? {
        try isNext(field, .lengthDelimited) ? try lengthDelimited() : nil
    }

    private mutating func lengthDelimited() throws(WireError) -> Range<Int> {
        let count = try varint()
        guard count <= UInt64(limit - index) else {
            throw WireError("\(name) ends in the middle of a field")
        }
        let range = index..<(index + Int(count))
        index = range.upperBound
        return range
    }

    /// Whether `field` stands next; then its number is read.
    private mutating func isNext(
        _ field: Int, _ type: MessageWriter.WireType
    ) throws(WireError) -> Bool {
        guard index < limit else { return false }
        var ahead = self
        guard try ahead.varint() == UInt64(field) << 3 | type.rawValue else { return false }
        index = ahead.index
        return true
    }

    /// - Parameter lowest: The field's number may not be lower.
    /// - Returns: The field's number.
    private mutating func skipField(from lowest: UInt64) throws(WireError) -> UInt64 {
        let tag = try varint()
        guard (lowest...Self.fieldMax).contains(tag >> 3) else {
            throw WireError("\(name) has a field out of place")
        }
        switch tag & 7 {
        case MessageWriter.WireType.varint.rawValue: _ = try varint()
        case MessageWriter.WireType.lengthDelimited.rawValue: _ = try lengthDelimited()
        case 1: try skip(byteCount: 8)
        case 5: try skip(byteCount: 4)
        default: throw WireError("\(name) has a field of an unknown form")
        }
        return tag >> 3
    }

    /// A number of fixed width, which no message here has yet.
    private mutating func skip(byteCount: Int) throws(WireError) {
        guard byteCount <= limit - index else {
            throw WireError("\(name) ends in the middle of a field")
        }
        index += byteCount
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard index < limit else { throw WireError("\(name) ends in the middle of a number") }
            let byte = bytes[index]
            index += 1
            // The tenth byte holds the topmost bit alone.
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            guard byte < 0x80 else { continue }
            guard byte != 0 || shift == 0 else {
                throw WireError("\(name) has a number that is longer than it has to be")
            }
            return value
        }
        throw WireError("\(name) has a number of more than 64 bits")
    }
}
