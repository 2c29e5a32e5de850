import Testing

/// Protobuf fields written by hand, to say what no encoder of ours says.
enum Protobuf {
    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    static func field(_ number: UInt64, _ text: String) -> [UInt8] {
        field(number, Array(text.utf8))
    }

    static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] {
        varint(number << 3) + varint(value)
    }

    static func field(_ number: UInt64, _ value: Int64) -> [UInt8] {
        field(number, UInt64(bitPattern: value))
    }

    /// A field that no message of ours has.
    static let unknown = field(99, UInt64(1))

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

/// A row of a table of things that must be refused.
struct Malformed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]

    init(_ testDescription: String, _ bytes: [UInt8]) {
        self.testDescription = testDescription
        self.bytes = bytes
    }
}
