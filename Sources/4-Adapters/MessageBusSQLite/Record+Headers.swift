import Foundation
import MessageBus

/// How long a record may be.
extension Record {
    /// The most bytes that a reader is given of one: what a broker takes, whose limit `topics/`
    /// declares.
    static let storedBytesMax = Topic.batchBytesStandard

    /// The bytes of key, headers and value as a topic file holds them.
    var storedBytes: Int { byteCount + 8 * headers.count }
}

/// How a topic file holds a record's headers: for each one its name and its value, each after its
/// length in four bytes, the highest first.
extension Record {
    var encodedHeaders: Data {
        var bytes = Data()
        for header in headers {
            for part in [Array(header.name.utf8), header.value] {
                withUnsafeBytes(of: UInt32(part.count).bigEndian) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: part)
            }
        }
        return bytes
    }

    /// - Returns: `nil` if the bytes are not what ``encodedHeaders`` makes.
    static func headers(decoding bytes: [UInt8]) -> [Header]? {
        var rest = Data(bytes)
        var headers: [Header] = []
        while !rest.isEmpty {
            guard let name = removePart(from: &rest), let value = removePart(from: &rest) else {
                return nil
            }
            headers.append(Header(name: String(decoding: name, as: UTF8.self), value: Array(value)))
        }
        return headers
    }

    private static func removePart(from rest: inout Data) -> Data? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard rest.count - 4 >= count else { return nil }
        let part = rest.dropFirst(4).prefix(count)
        rest = rest.dropFirst(4 + count)
        return part
    }
}
