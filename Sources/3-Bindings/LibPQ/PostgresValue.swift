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
    public static func canDecode(_ type: PostgresType) -> Bool { type == postgresType }
}

/// A type's object identifier, which for built-in types is the same on every server (`pg_type`).
public struct PostgresType: Hashable, Sendable {
    public let oid: UInt32

    public init(oid: UInt32) {
        self.oid = oid
    }

    public static let bool = PostgresType(oid: 16)
    public static let bytea = PostgresType(oid: 17)
    public static let name = PostgresType(oid: 19)
    public static let int8 = PostgresType(oid: 20)
    public static let int2 = PostgresType(oid: 21)
    public static let int4 = PostgresType(oid: 23)
    public static let text = PostgresType(oid: 25)
    public static let varchar = PostgresType(oid: 1043)
    public static let timestamptz = PostgresType(oid: 1184)
    public static let uuid = PostgresType(oid: 2950)
    public static let byteaArray = PostgresType(oid: 1001)
    public static let textArray = PostgresType(oid: 1009)
    public static let int8Array = PostgresType(oid: 1016)
    public static let uuidArray = PostgresType(oid: 2951)
}

extension Int64: PostgresValue {
    public static var postgresType: PostgresType { .int8 }

    /// The smaller integers as well: they always fit.
    public static func canDecode(_ type: PostgresType) -> Bool {
        [.int8, .int4, .int2].contains(type)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self)
    }

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
    public static var postgresType: PostgresType { .bool }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(self ? 1 : 0)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        bytes.count == 1 ? bytes[0] != 0 : nil
    }
}

/// `text` in UTF-8. PostgreSQL knows no zero byte in a text: the server refuses one.
extension String: PostgresValue {
    public static var postgresType: PostgresType { .text }

    public static func canDecode(_ type: PostgresType) -> Bool {
        [.text, .varchar, .name].contains(type)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(contentsOf: utf8)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
        String(validating: bytes, as: UTF8.self)
    }
}

/// `bytea`.
extension Array: PostgresValue where Element == UInt8 {
    public static var postgresType: PostgresType { .bytea }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(contentsOf: self)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        [UInt8](bytes)
    }
}

/// `uuid`: sixteen bytes in network order.
public struct PostgresUUID: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension PostgresUUID: PostgresValue {
    public static var postgresType: PostgresType { .uuid }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> PostgresUUID? {
        guard bytes.count == 16 else { return nil }
        return PostgresUUID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

/// `timestamptz`: a moment, without a time zone of its own.
public struct PostgresTimestamp: Hashable, Sendable {
    /// Microseconds since 2000-01-01 00:00 UTC; the largest and smallest number are `infinity` and
    /// `-infinity`.
    public let microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }
}

extension PostgresTimestamp: PostgresValue {
    public static var postgresType: PostgresType { .timestamptz }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: microseconds)
    }

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
