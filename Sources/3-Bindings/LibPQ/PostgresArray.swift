/// A value that PostgreSQL has an array type for.
public protocol PostgresArrayElement: PostgresValue {
    /// The array type whose elements are of ``PostgresValue/postgresType``.
    static var postgresArrayType: PostgresType { get }
}

extension Int64: PostgresArrayElement {
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .int8Array }
}

extension String: PostgresArrayElement {
    /// `text[]`.
    public static var postgresArrayType: PostgresType { .textArray }
}

extension [UInt8]: PostgresArrayElement {
    /// `bytea[]`.
    public static var postgresArrayType: PostgresType { .byteaArray }
}

extension PostgresUUID: PostgresArrayElement {
    /// `uuid[]`.
    public static var postgresArrayType: PostgresType { .uuidArray }
}

/// An array of one dimension, some of whose elements may be `NULL`.
///
/// On the wire (`array_send`): dimensions, whether there are nulls, the element's type, then for
/// the dimension its count and lower bound, then each element as a length (-1: `NULL`) and bytes.
public struct PostgresArray<Element: PostgresArrayElement>: PostgresValue {
    /// The elements in order; `nil` is `NULL`.
    public let elements: [Element?]

    /// An array of one dimension, or an empty one.
    public init(_ elements: [Element?]) {
        self.elements = elements
    }

    /// The array type that belongs to the element's type.
    public static var postgresType: PostgresType { Element.postgresArrayType }

    /// Appends the array in the format above; the lower bound is 1.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(elements.contains { $0 == nil } ? 1 : 0))
        bytes.append(bigEndian: Element.postgresType.oid)
        guard !elements.isEmpty else { return }
        bytes.append(bigEndian: Int32(elements.count))
        bytes.append(bigEndian: Int32(1))
        for element in elements {
            guard let element else {
                bytes.append(bigEndian: Int32(-1))
                continue
            }
            let start = bytes.count
            bytes.append(bigEndian: Int32(0))
            element.encode(into: &bytes)
            // The length stands before what it counts, and is known after.
            let count = Int32(bytes.count - start - 4)
            withUnsafeBytes(of: count.bigEndian) {
                bytes.replaceSubrange(start..<start + 4, with: $0)
            }
        }
    }

    /// Reads an array of no or one dimension.
    /// - Returns: `nil` for more dimensions, elements of another type, or bytes that do not end
    /// with the last element.
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> PostgresArray? {
        var rest = Reader(bytes: bytes)
        guard let dimensions = rest.number(), rest.number() != nil, let type = rest.number(),
            Element.canDecode(PostgresType(oid: UInt32(bitPattern: type)))
        else { return nil }
        if dimensions == 0 { return PostgresArray([]) }
        guard dimensions == 1, let count = rest.number(), count >= 0, rest.number() != nil else {
            return nil
        }
        var elements: [Element?] = []
        for _ in 0..<count {
            guard let length = rest.number() else { return nil }
            guard length >= 0 else {
                elements.append(nil)
                continue
            }
            guard let own = rest.take(Int(length)), let element = Element.decode(own) else {
                return nil
            }
            elements.append(element)
        }
        return rest.isAtEnd ? PostgresArray(elements) : nil
    }
}

extension PostgresArray: Equatable where Element: Equatable {}

/// Reads from the front, never past the end.
private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    var isAtEnd: Bool { offset == bytes.count }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    mutating func number() -> Int32? {
        take(4).map { Int32(bigEndian: $0.loadUnaligned(as: Int32.self)) }
    }
}
