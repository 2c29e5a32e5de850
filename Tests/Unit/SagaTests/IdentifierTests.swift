import Saga
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    static let readable: [(text: String, high: UInt64, low: UInt64)] = [
        ("00000000-0000-0000-0000-000000000001", 0, 1),
        ("80000000-0000-0000-0000-000000000000", 1 << 63, 0),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", .max, .max),
        ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", .max, .max),
        ("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 0x017f_22e2_79b0_7cc3, 0x98c4_dc0c_0c07_398f),
        ("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", 0x017f_22e2_79b0_7cc3, 0x98c4_dc0c_0c07_398f),
        ("017f22E2-79b0-7cC3-98C4-dc0c0c07398F", 0x017f_22e2_79b0_7cc3, 0x98c4_dc0c_0c07_398f),
    ]

    @Test("A UUID is read in either case and written in lower case", arguments: readable)
    func readsUUID(text: String, high: UInt64, low: UInt64) throws {
        let id = try #require(SagaID(text))
        #expect(id.high == high)
        #expect(id.low == low)
        #expect(id.description == text.lowercased())
    }

    static let unreadable: [String] = [
        "",
        "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
        "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b07-cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc39-8c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4d-c0c0c07398f",
        "017f22e2079b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398-",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739 f",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "017f22e2_79b0_7cc3_98c4_dc0c0c07398f",
        " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "0x7f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
        // The nil UUID names nothing.
        "00000000-0000-0000-0000-000000000000",
        // 36 characters but more bytes, and 36 bytes but fewer characters.
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398é",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398\u{ff46}",
    ]

    @Test(
        "Anything but the 36 characters of a UUID is none, and so is the nil UUID",
        arguments: unreadable)
    func refusesOtherText(text: String) {
        #expect(SagaID(text) == nil)
    }

    @Test("A UUID is sixteen bytes in network order, no fewer, no more")
    func idHasSixteenBytes() throws {
        let bytes = (0..<16).map { UInt8($0) }
        let id = try #require(SagaID(bytes: bytes))
        #expect(id.description == "00010203-0405-0607-0809-0a0b0c0d0e0f")
        #expect(id.bytes == bytes)
        for count in [0, 1, 15, 17, 32] {
            #expect(SagaID(bytes: [UInt8](repeating: 7, count: count)) == nil)
        }
        #expect(SagaID(bytes: [UInt8](repeating: 0, count: 16)) == nil, "it names nothing")
        #expect(SagaID(bytes: ([9, 9] + bytes)[2...]) == id, "a slice is read from its start")
    }

    @Test("UUIDs sort as their text does, and steps within a saga by number")
    func idsAreOrdered() {
        let ids = [SagaID(high: 0, low: 1), SagaID(high: 0, low: .max), SagaID(high: 1, low: 0)]
        #expect(ids.sorted() == ids)
        #expect(ids.map(\.description).sorted() == ids.map(\.description))
        let steps = ids.flatMap { id in (0..<3).map { StepID(saga: id, number: $0) } }
        #expect(steps.reversed().sorted() == steps)
    }

    @Test("A step names its neighbours")
    func stepHasNeighbours() {
        let step = StepID(saga: SagaID(high: 0, low: 7), number: 1)
        #expect(step.previous == StepID(saga: step.saga, number: 0))
        #expect(step.next == StepID(saga: step.saga, number: 2))
        #expect(step.description == "00000000-0000-0000-0000-000000000007#1")
    }

    @Test("A hash is 32 bytes, no fewer, no more, and gives them back")
    func hashHas32Bytes() throws {
        let bytes = (0..<32).map { UInt8(255 - $0) }
        let hash = try #require(Hash(bytes: bytes))
        #expect(hash.bytes == bytes)
        #expect(hash.withUnsafeBytes { Array($0) } == bytes)
        #expect(Hash(bytes: bytes.reversed().lazy.reversed()) == hash)
        ([7] + bytes + [7]).withUnsafeBytes { odd in
            #expect(Hash(bytes: UnsafeRawBufferPointer(rebasing: odd[1..<33])) == hash)
            #expect(Hash(bytes: odd) == nil)
        }
        #expect(
            hash.description
                == "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0")
        #expect(Hash.zero.bytes == [UInt8](repeating: 0, count: 32))
        for count in [0, 31, 33, 64] {
            #expect(Hash(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }

    @Test("Two hashes are equal only if all 32 bytes are", arguments: 0..<32)
    func hashComparesEveryByte(index: Int) throws {
        let bytes = [UInt8](repeating: 5, count: 32)
        var changed = bytes
        changed[index] ^= 0x80
        let hash = try #require(Hash(bytes: bytes))
        #expect(hash == Hash(bytes: bytes))
        #expect(hash != Hash(bytes: changed))
    }

    @Test("Hexadecimal gives every byte back, from either case")
    func hexadecimalRoundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hexadecimal.text(of: bytes)
        #expect(text == text.lowercased())
        #expect(Hexadecimal.bytes(of: text) == bytes)
        #expect(Hexadecimal.bytes(of: text.uppercased()) == bytes)
        #expect(Hexadecimal.bytes(of: "") == [])
    }

    @Test(
        "Hexadecimal is pairs of digits and nothing else",
        arguments: ["0", "000", "0g", "g0", "0x", " 0", "+1", "-1", "é", "0/", "0:", "0@", "0`"])
    func hexadecimalRefuses(text: String) {
        #expect(Hexadecimal.bytes(of: text) == nil)
    }

    static let names: [(text: String, isName: Bool)] = [
        ("a", true), ("0", true), ("bank-a", true), ("9lives", true), ("1234", true),
        ("a--b", true), ("xn--bcher-kva", true),
        (String(repeating: "a", count: 63), true),
        (String(repeating: "a", count: 64), false),
        ("", false), ("-", false), ("-a", false), ("a-", false), ("--", false),
        ("Bank", false), ("bank.a", false), ("bank_a", false), ("bank a", false),
        ("bank/a", false), ("bank@a", false), ("..", false), ("bänk", false), ("ａ", false),
        ("a\n", false), ("a\0", false), ("e\u{301}", false),
    ]

    @Test("A node's name is a lower-case label of RFC 1123", arguments: names)
    func nodeNameIsALabel(text: String, isName: Bool) {
        #expect(NodeName(text)?.text == (isName ? text : nil))
    }

    @Test("Node names sort and print as their text")
    func nodeNamesSortAsText() throws {
        let names = try ["a", "a-b", "ab", "b"].map { try #require(NodeName($0)) }
        #expect(names.reversed().sorted() == names)
        #expect(names.map(\.description) == ["a", "a-b", "ab", "b"])
    }
}
