import Randomness

/// Damage as disks, peers and liars do it, the same for the same seed.
struct Mutator {
    /// What a target's inputs are made of: it decides which damage goes deep.
    enum Form: Sendable {
        /// Protobuf, or bytes that contain it.
        case wire
        /// JSON, CSV, YAML and such.
        case text
    }

    let form: Form
    /// What pieces are borrowed from.
    let corpus: [[UInt8]]
    var random: SplitMix64

    /// An input of the corpus after one to four mutations.
    mutating func input() -> [UInt8] {
        var bytes = pick(corpus) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes = form == .wire && chance(2, of: 3) ? wire(bytes, depth: 0) : plain(bytes)
        }
        return Array(bytes.prefix(Self.bytesMax))
    }

    /// Longer inputs cost time and find nothing more: what bounds there are lie below.
    private static let bytesMax = 200_000

    // MARK: Bytes

    private mutating func plain(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return pick(tokens) ?? [] }
        var bytes = bytes
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = .random(in: 0...255, using: &random)
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.removeSubrange(piece(of: bytes))
        case 4: bytes.insert(contentsOf: bytes[piece(of: bytes)], at: place)
        case 5: repeatPiece(of: &bytes)
        case 6: bytes = Array(bytes[..<place]) + tail(of: pick(corpus) ?? [])
        case 7: bytes.insert(contentsOf: pick(tokens) ?? [], at: place)
        case 8: bytes.replaceSubrange(piece(of: bytes), with: pick(tokens) ?? [])
        default: replaceNumber(in: &bytes, near: place)
        }
        return bytes
    }

    private mutating func repeatPiece(of bytes: inout [UInt8]) {
        let range = piece(of: bytes)
        let count = chance(1, of: 20) ? 5_000 : Int.random(in: 2...20, using: &random)
        let copies = Array(repeatElement(bytes[range], count: count).joined())
        bytes.insert(contentsOf: copies.prefix(Self.bytesMax), at: range.lowerBound)
    }

    private mutating func tail(of bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.isEmpty ? [] : bytes[Int.random(in: 0..<bytes.count, using: &random)...]
    }

    /// Puts a number at a limit in the place of one that stands in the text.
    private mutating func replaceNumber(in bytes: inout [UInt8], near place: Int) {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
        bytes.replaceSubrange(start..<end, with: pick(Self.numbers) ?? [])
    }

    private mutating func piece(of bytes: [UInt8]) -> Range<Int> {
        let start = Int.random(in: 0..<bytes.count, using: &random)
        return start..<Int.random(in: start...min(start + 40, bytes.count), using: &random)
    }

    // MARK: Fields

    /// Changes one field, and repairs the lengths around it.
    private mutating func wire(_ bytes: [UInt8], depth: Int) -> [UInt8] {
        guard var fields = WireField.fields(of: bytes), !fields.isEmpty else {
            return plain(bytes)
        }
        let index = Int.random(in: 0..<fields.count, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: fields.remove(at: index)
        case 1: fields.insert(fields[index], at: index)
        case 2: fields.swapAt(index, Int.random(in: 0..<fields.count, using: &random))
        case 3: fields[index].number = .random(in: 1...20, using: &random)
        case 4: fields += borrowed().filter { _ in chance(1, of: 2) }
        case 5:
            let number = fields[index].number
            fields[index] = borrowed().last { $0.number == number } ?? fields[index]
        default: fields[index].value = changed(fields[index].value, depth: depth)
        }
        return WireField.bytes(of: fields)
    }

    private mutating func borrowed() -> [WireField] {
        WireField.fields(of: pick(corpus) ?? []) ?? []
    }

    private mutating func changed(_ value: WireField.Value, depth: Int) -> WireField.Value {
        switch value {
        case .varint(let number):
            return .varint(
                chance(1, of: 3)
                    ? number ^ 1 << UInt64.random(in: 0..<64, using: &random)
                    : pick(Self.limits) ?? 0)
        case .fixed(let bytes):
            return .fixed(bytes.map { _ in .random(in: 0...255, using: &random) })
        case .bytes(let bytes):
            // Six deep: a journal's record holds an entry, a step, a fact, a posting.
            if depth < 6, chance(3, of: 4) { return .bytes(wire(bytes, depth: depth + 1)) }
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return .bytes([])
            case 1: return .bytes(Array(repeating: 0, count: bytes.count))
            case 2: return .bytes(pick(tokens) ?? [])
            case 3: return .varint(pick(Self.limits) ?? 0)
            default: return .bytes(plain(bytes))
            }
        }
    }

    // MARK: Choices

    private mutating func chance(_ count: Int, of all: Int) -> Bool {
        Int.random(in: 0..<all, using: &random) < count
    }

    private mutating func pick<Choice>(_ choices: [Choice]) -> Choice? {
        choices.randomElement(using: &random)
    }

    private static let limits: [UInt64] = [
        0, 1, 2, 15, 16, 127, 128, 255, 256, 10_000, 10_001, 1 << 31 - 1, 1 << 31, 1 << 32 - 1,
        1 << 32, 1 << 63 - 1, 1 << 63, .max - 1, .max,
    ]

    private static let numbers = [
        "0", "00", "1", "-1", "-0", "+1", "1e3", "5.0", "0.1", "1E400", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551615", "18446744073709551616", "0x10", "٣", "1_000", "null",
    ].map { Array($0.utf8) }

    private var tokens: [[UInt8]] { Self.brokenText + (form == .wire ? Self.varints : Self.words) }

    private static let varints: [[UInt8]] =
        limits.map(WireField.varint) + [
            Array(repeating: 0xFF, count: 10), Array(repeating: 0x80, count: 9) + [0],
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07], [0x0B], [0x0C], [0x80, 0x00],
        ]

    /// No UTF-8: overlong, cut, a surrogate, beyond the last scalar; and what looks like nothing.
    private static let brokenText: [[UInt8]] = [
        [0], [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        Array("\u{FEFF}".utf8), Array("\u{202E}".utf8), Array("e\u{301}".utf8), Array("é".utf8),
    ]

    private static let words =
        numbers
        + [
            "\"", "\"\"", ",", "\r\n", "\n", "\\u0000", "\\ud800", "\\udc00\\ud800", "\\", "{", "}",
            "[", "]", "[[[[[[[[[[", "{\"\":", ":", "true", "null", ",\"x\":null", ",\"id\":", "+",
            // XXX is ISO 4217's code for no currency.
            "EUR", "eur", "XXX", "acct-alice001@bank-a", "bank-a", "bank-b", "%00", "%2F", "..",
            "&a *a", "!!binary ", "- ", "? ", "|", ">", "#", "<<: ", "\t", "' ", "1ms", "1h", "60m",
            "00000000-0000-0000-0000-000000000000",
        ].map { Array($0.utf8) }
}
