/// A value that goes to the server and comes back in PostgreSQL's binary format.
///
/// The formats are those of the server's `…send` and `…recv` functions; integers are big-endian.
public protocol PostgresValue: Sendable {
    /// What the value is sent as.
    static var postgresType: PostgresType { get }

    /// Whether a column of `type` can be read as this.
    static func canDecode(_ type: PostgresType) -> Bool

    /// Appends the value's bytes.
    func encode(into bytes: inout [UInt8])

    /// - Returns: `nil` where `bytes` are no such value.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> Self?
}

extension PostgresValue {
    /// By default a column is read as the type that values are sent as, and no other.
    public static func canDecode(_ type: PostgresType) -> Bool { type == postgresType }
}

/// A type's object identifier, which for built-in types is the same on every server (`pg_type`).
public struct PostgresType: Hashable, Sendable {
    /// The number in `pg_type.oid`.
    public let oid: UInt32

    /// Takes any number; the server refuses one that it does not know.
    public init(oid: UInt32) {
        self.oid = oid
    }

    /// `boolean`.
    public static let bool = PostgresType(oid: 16)
    /// `bytea`.
    public static let bytea = PostgresType(oid: 17)
    /// `name`: an identifier of at most 63 bytes.
    public static let name = PostgresType(oid: 19)
    /// `bigint`: 64 bits.
    public static let int8 = PostgresType(oid: 20)
    /// `smallint`: 16 bits.
    public static let int2 = PostgresType(oid: 21)
    /// `integer`: 32 bits.
    public static let int4 = PostgresType(oid: 23)
    /// `text`.
    public static let text = PostgresType(oid: 25)
    /// `varchar`, with or without a length.
    public static let varchar = PostgresType(oid: 1043)
    /// `timestamp with time zone`.
    public static let timestamptz = PostgresType(oid: 1184)
    /// `uuid`.
    public static let uuid = PostgresType(oid: 2950)
    /// `bytea[]`.
    public static let byteaArray = PostgresType(oid: 1001)
    /// `text[]`.
    public static let textArray = PostgresType(oid: 1009)
    /// `bigint[]`.
    public static let int8Array = PostgresType(oid: 1016)
    /// `uuid[]`.
    public static let uuidArray = PostgresType(oid: 2951)
}

extension Int64: PostgresValue {
    /// Sent as `bigint`.
    public static var postgresType: PostgresType { .int8 }

    /// The smaller integers as well: they always fit.
    public static func canDecode(_ type: PostgresType) -> Bool {
        [.int8, .int4, .int2].contains(type)
    }

    /// Appends eight bytes.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self)
    }

    /// Reads eight, four or two bytes; `nil` for any other count.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        switch bytes.count {
        case 8: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        default: nil
        }
    }
}

extension Bool: PostgresValue {
    /// Sent as `boolean`.
    public static var postgresType: PostgresType { .bool }

    /// Appends one byte: 0 or 1.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(self ? 1 : 0)
    }

    /// Reads one byte, of which all but 0 are true; `nil` for any other count.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        bytes.count == 1 ? bytes[0] != 0 : nil
    }
}

/// `text` in UTF-8. PostgreSQL knows no zero byte in a text: the server refuses one.
extension String: PostgresValue {
    /// Sent as `text`.
    public static var postgresType: PostgresType { .text }

    /// `text`, `varchar` and `name`.
    public static func canDecode(_ type: PostgresType) -> Bool {
        [.text, .varchar, .name].contains(type)
    }

    /// Appends the UTF-8 bytes, without length or end.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(contentsOf: utf8)
    }

    /// Reads UTF-8; `nil` where the bytes are none.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
        String(validating: bytes, as: UTF8.self)
    }
}

/// `bytea`.
extension Array: PostgresValue where Element == UInt8 {
    /// Sent as `bytea`.
    public static var postgresType: PostgresType { .bytea }

    /// Appends the bytes as they are.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(contentsOf: self)
    }

    /// Copies the bytes: any are a value.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        [UInt8](bytes)
    }
}

/// `uuid`: sixteen bytes in network order.
public struct PostgresUUID: Hashable, Sendable {
    /// The first eight bytes.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// Takes any bits: the server does not look at versions.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension PostgresUUID: PostgresValue {
    /// Sent as `uuid`.
    public static var postgresType: PostgresType { .uuid }

    /// Appends sixteen bytes.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }

    /// Reads sixteen bytes; `nil` for any other count.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> PostgresUUID? {
        guard bytes.count == 16 else { return nil }
        return PostgresUUID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

/// `timestamptz`: a moment, stored without a time zone.
public struct PostgresTimestamp: Hashable, Sendable {
    /// Microseconds since 2000-01-01 00:00 UTC; the largest and smallest number are `infinity` and
    /// `-infinity`.
    public let microseconds: Int64

    /// Takes any number, `infinity` and `-infinity` included.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }
}

extension PostgresTimestamp: PostgresValue {
    /// Sent as `timestamp with time zone`.
    public static var postgresType: PostgresType { .timestamptz }

    /// Appends eight bytes.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: microseconds)
    }

    /// Reads eight bytes; `nil` for any other count.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> PostgresTimestamp? {
        guard bytes.count == 8 else { return nil }
        return PostgresTimestamp(
            microseconds: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)))
    }
}

extension [UInt8] {
    mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
