/// The UUID that names a command: made by the client, version 7 recommended, never by Giro.
///
/// All commands at a node share one space of ids: a deposit cannot carry the UUID of a transfer.
public struct CommandID: Hashable, Sendable {
    /// The first eight bytes in network order; a version 7 UUID begins with its time.
    public let high: UInt64
    /// The last eight bytes in network order.
    public let low: UInt64

    /// Takes any bits, the nil UUID included: for input from outside use `init(bytes:)`.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The sixteen bytes of a UUID in network order; `nil` for any other count, and for the nil
    /// UUID (RFC 9562, 5.9), which names nothing.
    public init?(bytes: some Collection<UInt8>) {
        // An array, because iterating over any collection across modules costs ten times as much.
        let bytes = Array(bytes)
        guard bytes.count == 16, bytes.contains(where: { $0 != 0 }) else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The sixteen bytes in network order.
    public var bytes: [UInt8] {
        Array(unsafeUninitializedCapacity: 16) { bytes, count in
            for place in 0..<16 { bytes[place] = byte(at: place) }
            count = 16
        }
    }

    private func byte(at place: Int) -> UInt8 {
        let word = place < 8 ? high : low
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (place & 7)))
    }
}

extension CommandID: Comparable {
    /// Orders by the bits, as their text sorts; of version 7, by time.
    public static func < (left: CommandID, right: CommandID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension CommandID: CustomStringConvertible, LosslessStringConvertible {
    /// The 36 characters of RFC 9562, in either case; anything else is `nil`.
    public init?(_ text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var bytes: [UInt8] = []
        var index = 0
        while index < 36 {
            if [8, 13, 18, 23].contains(index) {
                guard characters[index] == UInt8(ascii: "-") else { return nil }
                index += 1
            } else {
                guard let left = Hexadecimal.value(of: characters[index]),
                    let right = Hexadecimal.value(of: characters[index + 1])
                else { return nil }
                bytes.append(left << 4 | right)
                index += 2
            }
        }
        self.init(bytes: bytes)
    }

    /// Lower-case, as RFC 9562 writes it.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var end = 0
            for place in 0..<16 {
                if [4, 6, 8, 10].contains(place) {
                    text[end] = UInt8(ascii: "-")
                    end += 1
                }
                (text[end], text[end + 1]) = Hexadecimal.digits(of: byte(at: place))
                end += 2
            }
            return end
        }
    }
}
