/// A SHA-256 value (FIPS 180-4): 32 bytes, kept as four words so that comparing is cheap.
public struct Hash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// All bits zero: what stands before the first commit of a log.
    public static let zero = Hash(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Exactly 32 bytes; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        // An array, because iterating over any collection across modules costs ten times as much.
        var rest = Array(bytes).makeIterator()
        func word() -> UInt64 {
            (0..<8).reduce(0) { sum, _ in sum << 8 | UInt64(rest.next() ?? 0) }
        }
        words = (word(), word(), word(), word())
    }

    /// The 32 bytes, in the order that SHA-256 gives them.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }

    /// Compares all 32 bytes; not in constant time, so not fit for secrets.
    public static func == (left: Hash, right: Hash) -> Bool {
        left.words == right.words
    }

    /// The bits of a hash are as good as random, so one word is enough for a hash table.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

extension Hash: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.text(of: bytes) }
}
