/// A value that PostgreSQL has an array type for.
public protocol PostgresArrayElement: PostgresValue {
    static var postgresArrayType: PostgresType { get }
}

extension Int64: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .int8Array }
}

extension String: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .textArray }
}

extension [UInt8]: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .byteaArray }
}

extension PostgresUUID: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .uuidArray }
}

/// An array of one dimension, some of whose elements may be `NULL`.
///
/// On the wire (`array_send`): dimensions, whether there are nulls, the element's type, then for
/// the dimension its count and lower bound, then each element as a length (-1: `NULL`) and bytes.
public struct PostgresArray<Element: PostgresArrayElement>: PostgresValue {
    public let elements: [Element?]

    public init(_ elements: [Element?]) {
        self.elements = elements
    }

    public static var postgresType: PostgresType { Element.postgresArrayType }

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
