/// Writes one protobuf message (proto3), with the messages inside it, into one growing buffer.
///
/// The caller writes fields in the ascending order of their numbers. Fields that have their default
/// value are left out, as the format says, so equal messages have equal bytes:
/// ``MessageReader`` accepts this form and no other.
public struct MessageWriter: Sendable {
    /// How a field's value stands behind its number.
    enum WireType: UInt64 {
        case varint = 0
        case lengthDelimited = 2
    }

    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: How many bytes there is room for at once; more are made room for.
    public init(capacity: Int = 128) {
        bytes.reserveCapacity(capacity)
    }

    /// A `uint64`, `uint32` or enumeration; left out where it is 0.
    public mutating func write(_ value: UInt64, _ field: Int) {
        guard value != 0 else { return }
        writePresent(value, field)
    }

    /// An `int64`; left out where it is 0.
    public mutating func write(_ value: Int64, _ field: Int) {
        write(UInt64(bitPattern: value), field)
    }

    /// An `optional int64` that is there, also where it is 0.
    public mutating func writePresent(_ value: Int64, _ field: Int) {
        writePresent(UInt64(bitPattern: value), field)
    }

    /// A `bool`; left out where it is false.
    public mutating func write(_ value: Bool, _ field: Int) {
        write(value ? 1 as UInt64 : 0, field)
    }

    /// A `string`; left out where it is empty.
    public mutating func write(_ text: String, _ field: Int) {
        guard !text.isEmpty else { return }
        write(element: text, field)
    }

    /// A `bytes`; left out where it is empty.
    public mutating func write(_ value: [UInt8], _ field: Int) {
        guard !value.isEmpty else { return }
        write(element: value, field)
    }

    /// One of a `repeated string`, which may be empty.
    public mutating func write(element text: String, _ field: Int) {
        write(.lengthDelimited, field)
        let text = text.utf8
        writeVarint(UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    /// One of a `repeated bytes`, or of a `oneof`, which may be empty.
    public mutating func write(element value: [UInt8], _ field: Int) {
        write(.lengthDelimited, field)
        writeVarint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// A message that is there, also where nothing is in it; one of several where it is repeated.
    ///
    /// - Complexity: One of 128 bytes or more is moved by a byte or two once it is written.
    public mutating func write(_ field: Int, message body: (inout MessageWriter) -> Void) {
        write(.lengthDelimited, field)
        let start = bytes.count
        bytes.append(0)
        body(&self)
        let count = UInt64(bytes.count - start - 1)
        if count < 0x80 {
            bytes[start] = UInt8(count)
        } else {
            var length = MessageWriter(capacity: 10)
            length.writeVarint(count)
            bytes.replaceSubrange(start...start, with: length.bytes)
        }
    }

    private mutating func writePresent(_ value: UInt64, _ field: Int) {
        write(.varint, field)
        writeVarint(value)
    }

    private mutating func write(_ type: WireType, _ field: Int) {
        writeVarint(UInt64(field) << 3 | type.rawValue)
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    private mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
