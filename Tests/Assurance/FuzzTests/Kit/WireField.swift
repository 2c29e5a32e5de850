/// One field of a protobuf message as it stands in its bytes, whatever it means: so that damage
/// can be done to a field inside a message whose lengths still fit.
struct WireField: Equatable {
    enum Value: Equatable {
        case varint(UInt64)
        /// Four or eight bytes.
        case fixed([UInt8])
        case bytes([UInt8])
    }

    var number: UInt64
    var value: Value

    /// `nil` for bytes that are no sequence of fields.
    static func fields(of bytes: [UInt8]) -> [WireField]? {
        var rest = bytes[...]
        var fields: [WireField] = []
        while !rest.isEmpty {
            guard let tag = takeVarint(&rest), tag >> 3 > 0,
                let value = takeValue(tag & 7, from: &rest)
            else { return nil }
            fields.append(WireField(number: tag >> 3, value: value))
        }
        return fields
    }

    static func bytes(of fields: [WireField]) -> [UInt8] { fields.flatMap(\.encoded) }

    static func varint(_ number: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private var encoded: [UInt8] {
        switch value {
        case .varint(let number): tag(0) + Self.varint(number)
        case .fixed(let bytes): tag(bytes.count == 8 ? 1 : 5) + bytes
        case .bytes(let bytes): tag(2) + Self.varint(UInt64(bytes.count)) + bytes
        }
    }

    private func tag(_ type: UInt64) -> [UInt8] { Self.varint(number << 3 | type) }

    private static func takeVarint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }

    private static func takeValue(_ type: UInt64, from rest: inout ArraySlice<UInt8>) -> Value? {
        switch type {
        case 0: return takeVarint(&rest).map(Value.varint)
        case 1: return take(8, from: &rest).map(Value.fixed)
        case 2:
            guard let count = takeVarint(&rest).flatMap(Int.init(exactly:)) else { return nil }
            return take(count, from: &rest).map(Value.bytes)
        case 5: return take(4, from: &rest).map(Value.fixed)
        default: return nil
        }
    }

    private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
