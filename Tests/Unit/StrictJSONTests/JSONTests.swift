import StrictJSON
import Testing

struct JSONTests {
    @Test(
        "JSON texts are read as RFC 8259 says",
        arguments: [
            ("null", .null), (" true\r\n", .boolean(true)), ("false", .boolean(false)),
            ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .otherNumber), ("1e3", .otherNumber), ("5.0", .otherNumber),
            ("1.0000000000000001", .otherNumber), ("-1E+2", .otherNumber),
            (#""""#, .string("")), (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{C}\n\r\t")),
            (#""\u00fc\ud83d\uDE00""#, .string("ü😀")), (#""家""#, .string("家")),
            ("[]", .array([])), ("[1, [] ,\"x\"]", .array([.integer(1), .array([]), .string("x")])),
            ("{}", .object([:])), (#"{"a" : {"b":null}}"#, .object(["a": .object(["b": .null])])),
        ] as [(String, JSONValue)])
    func read(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(Array(text.utf8)) == value)
    }

    @Test(
        "What is no JSON text is refused",
        arguments: [
            "", " ", "nul", "True", "1 2", "01", "-", "+1", ".5", "1.", "1e", "0x1", "NaN", "'a'",
            "\"", "\"a", "\"\n\"", #""\x""#, #""\u12""#, #""\u12G4""#, #""\u+123""#, #""\ud800""#,
            #""\ud800\u0041""#, #""\udc00""#, "[", "[1", "[1,", "[1,]", "[,]", "]", "{", "{1:2}",
            #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1"#, #"{"a":1,"a":1}"#, "{}{}", "\u{FEFF}1",
            String(repeating: "[", count: 10) + String(repeating: "]", count: 10),
            String(repeating: "[", count: 10_000), String(repeating: #"{"a":"#, count: 10_000),
        ])
    func refused(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(Array(text.utf8)) }
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
        ])
    func noUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue([0x22] + bytes + [0x22]) }
    }

    @Test("Lines are cut wherever the pieces end", arguments: 1...9)
    func lines(_ length: Int) {
        let bytes = Array("one\n\nthree4567\nrest".utf8)
        var splitter = LineSplitter(bytesMax: 5)
        var lines: [LineSplitter.Line] = []
        for start in stride(from: 0, to: bytes.count, by: length) {
            lines += splitter.take(Array(bytes[start..<min(start + length, bytes.count)]))
        }
        if let end = splitter.end() { lines.append(end) }
        let texts = lines.map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(texts == ["one", "", "three", "rest"])
        #expect(lines.map(\.isCut) == [false, false, true, false])
        #expect(splitter.end() == nil)
    }
}
