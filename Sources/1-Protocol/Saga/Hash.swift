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
        guard let hash = Array(bytes).withUnsafeBytes({ Hash(bytes: $0) }) else { return nil }
        self = hash
    }

    /// Exactly 32 bytes; `nil` for any other count. No array is made of them.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        func word(at offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        words = (word(at: 0), word(at: 8), word(at: 16), word(at: 24))
    }

    /// The 32 bytes, in the order that SHA-256 gives them.
    public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// Lends the bytes of ``bytes`` to `body`, for its duration and without an array of them.
    public func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let bigEndian = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        return Swift.withUnsafeBytes(of: bigEndian) { body($0) }
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

extension Hash: Comparable {
    /// Orders by the bits, as their hexadecimal text sorts.
    public static func < (left: Hash, right: Hash) -> Bool { left.words < right.words }
}

extension Hash: CustomStringConvertible, LosslessStringConvertible {
    /// Exactly 64 hexadecimal digits, in either case; anything else is `nil`.
    public init?(_ text: String) {
        guard let bytes = Hexadecimal.bytes(of: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.text(of: bytes) }
}
