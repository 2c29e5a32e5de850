/// Bytes as lower-case hexadecimal text and back.
public enum Hexadecimal {
    /// Two lower-case digits per byte, without prefix or separator.
    public static func text(of bytes: some Sequence<UInt8>) -> String {
        // An array, because iterating over any sequence across modules costs ten times as much.
        let bytes = Array(bytes)
        return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (place, byte) in bytes.enumerated() {
                (text[2 * place], text[2 * place + 1]) = digits(of: byte)
            }
            return 2 * bytes.count
        }
    }

    /// The bytes that `text` spells; `nil` if it holds anything but pairs of hexadecimal digits.
    public static func bytes(of text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: characters.count, by: 2) {
            guard let left = value(of: characters[index]),
                let right = value(of: characters[index + 1])
            else { return nil }
            bytes.append(left << 4 | right)
        }
        return bytes
    }

    static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The two characters that spell `byte`.
    static func digits(of byte: UInt8) -> (UInt8, UInt8) { (digit(byte >> 4), digit(byte & 15)) }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
