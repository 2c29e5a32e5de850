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
        let id = try #require(CommandID(text))
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
        #expect(CommandID(text) == nil)
    }

    @Test("A UUID is sixteen bytes in network order, no fewer, no more")
    func idHasSixteenBytes() throws {
        let bytes = (0..<16).map { UInt8($0) }
        let id = try #require(CommandID(bytes: bytes))
        #expect(id.description == "00010203-0405-0607-0809-0a0b0c0d0e0f")
        #expect(id.bytes == bytes)
        for count in [0, 1, 15, 17, 32] {
            #expect(CommandID(bytes: [UInt8](repeating: 7, count: count)) == nil)
        }
        #expect(CommandID(bytes: [UInt8](repeating: 0, count: 16)) == nil, "it names nothing")
        #expect(CommandID(bytes: ([9, 9] + bytes)[2...]) == id, "a slice is read from its start")
    }

    @Test("UUIDs sort as their text does")
    func idsAreOrdered() {
        #expect(Self.ids.reversed().sorted() == Self.ids)
        #expect(Self.ids.map(\.description).sorted() == Self.ids.map(\.description))
    }

    static let ids = [
        CommandID(high: 0, low: 1), CommandID(high: 0, low: .max), CommandID(high: 1, low: 0),
    ]

    /// In their order: contents of one UUID stand together.
    static func sagas() throws -> [SagaID] {
        let last = try #require(Hash(bytes: [UInt8](repeating: 255, count: 32)))
        return ids.flatMap { id in
            [Hash.zero, last].map { SagaID(id, contentHash: $0) }
        }
    }

    @Test("Sagas sort by UUID, then by content, and steps within a saga by number")
    func sagasAreOrdered() throws {
        let sagas = try Self.sagas()
        #expect(sagas.reversed().sorted() == sagas)
        let steps = sagas.flatMap { saga in (0..<3).map { StepID(saga: saga, number: $0) } }
        #expect(steps.reversed().sorted() == steps)
    }

    @Test("A saga is another one if its UUID is, and also if only its content is")
    func sagasAreUUIDAndContent() throws {
        let sagas = try Self.sagas()
        #expect(Set(sagas).count == sagas.count)
        for (place, saga) in sagas.enumerated() {
            #expect(saga == SagaID(saga.command, contentHash: saga.contentHash))
            for other in sagas[(place + 1)...] {
                #expect(saga != other)
                #expect(StepID(saga: saga, number: 1) != StepID(saga: other, number: 1))
            }
        }
    }

    @Test("A saga is described by its UUID, whatever its content is")
    func sagasAreDescribed() throws {
        for saga in try Self.sagas() { #expect(saga.description == saga.command.description) }
    }

    @Test("A step names its neighbours in the same saga")
    func stepHasNeighbours() throws {
        let hash = try #require(Hash(bytes: [UInt8](repeating: 3, count: 32)))
        let saga = SagaID(CommandID(high: 0, low: 7), contentHash: hash)
        let step = StepID(saga: saga, number: 1)
        #expect(step.previous == StepID(saga: saga, number: 0))
        #expect(step.next == StepID(saga: saga, number: 2))
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

    @Test("Hashes sort as their text does, by the first byte that differs", arguments: 0..<32)
    func hashesAreOrdered(index: Int) throws {
        // The greater byte decides, however small all bytes behind it are.
        var less = [UInt8](repeating: 5, count: 32)
        var greater = less
        greater[index] = 128
        for place in (index + 1)..<32 { (less[place], greater[place]) = (255, 0) }
        let hashes = try [less, greater].map { try #require(Hash(bytes: $0)) }
        #expect(hashes[0] < hashes[1])
        #expect(!(hashes[1] < hashes[0]))
        #expect(!(hashes[0] < hashes[0]))
        #expect(hashes.reversed().sorted() == hashes)
        #expect(hashes.map(\.description).sorted() == hashes.map(\.description))
    }

    @Test("A hash is read from its 64 digits in either case")
    func hashReadsText() throws {
        let bytes = (0..<32).map { UInt8(255 - 7 * $0) }
        let hash = try #require(Hash(bytes: bytes))
        #expect(hash.description.count == 64)
        #expect(Hash(hash.description) == hash)
        #expect(Hash(hash.description.uppercased()) == hash)
        #expect(Hash(String(repeating: "0", count: 64)) == Hash.zero)
    }

    @Test(
        "Anything but 64 hexadecimal digits is no hash",
        arguments: [
            (0, ""), (62, ""), (63, ""), (65, ""), (66, ""), (128, ""), (63, "g"), (63, " "),
            (63, "-"), (62, "0x"), (62, "é"), (64, "\n"), (64, " "),
        ])
    func hashRefusesOtherText(digits: Int, behind: String) {
        #expect(Hash(String(repeating: "a", count: digits) + behind) == nil)
        #expect(Hash(behind + String(repeating: "a", count: digits)) == nil)
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
