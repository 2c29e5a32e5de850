import Saga
import Testing
import Wire

@Suite("A message")
struct MessageTests {
    @Test("says the same again, of every kind and with every refusal", arguments: Samples.messages)
    func roundTrip(_ message: Message) throws {
        #expect(try Message(wire: message.encoded()) == message)
    }

    @Test("may have fields of a newer version", arguments: Samples.messages)
    func unknownFields(_ message: Message) throws {
        #expect(try Message(wire: message.encoded() + Protobuf.unknown) == message)
    }

    /// The fields of a valid message, by number.
    private static func fields(
        _ kind: Message.Kind, replacing others: [UInt64: [UInt8]] = [:]
    ) -> [UInt8] {
        let number: UInt64 =
            switch kind {
            case .reserve: 1
            case .abandon: 2
            case .confirm: 3
            case .cancel: 4
            }
        let fields: [UInt64: [UInt8]] = [
            1: Protobuf.field(1, number), 2: Protobuf.field(2, "bank-a"),
            3: Protobuf.field(3, "bank-b"), 4: Protobuf.field(4, Samples.command.bytes),
            5: Protobuf.field(5, UInt64(1)),
            6: Protobuf.field(6, Samples.transferContent.hash.bytes),
            7: kind.travelsForward ? Protobuf.field(7, Samples.transferContent.bytes) : [],
            11: kind.travelsForward ? Protobuf.field(11, Samples.deadline.milliseconds) : [],
        ].merging(others) { $1 }
        return fields.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    @Test("is written in the order of its fields", arguments: Message.Kind.allCases)
    func writtenByHand(_ kind: Message.Kind) throws {
        let bytes = Self.fields(kind)
        #expect(Samples.message(kind).encoded() == bytes)
        let refusal: Refusal? = kind == .cancel ? .unspecified : nil
        #expect(try Message(wire: bytes) == Samples.message(kind, refusal: refusal))
    }

    @Test("to cancel for a reason this version does not know is for an unspecified one")
    func unknownRefusal() throws {
        let bytes = Self.fields(.cancel, replacing: [8: Protobuf.field(8, "tooTired")])
        #expect(try Message(wire: bytes) == Samples.message(.cancel, refusal: .unspecified))
    }

    @Test(
        "says why only when it cancels", arguments: Message.Kind.allCases, ["stock.soldOut", "new"])
    func refusalElsewhere(_ kind: Message.Kind, _ code: String) throws {
        let bytes = Self.fields(kind, replacing: [8: Protobuf.field(8, code)])
        #expect(try (Message(wire: bytes).refusal != nil) == (kind == .cancel))
    }

    @Test("carries as much content as fits an entry, and no more")
    func longContent() throws {
        let most = Array(repeating: UInt8(7), count: Message.contentBytesMax)
        let fitting = Self.fields(.reserve, replacing: [7: Protobuf.field(7, most)])
        #expect(try Message(wire: fitting).content == most)
        let tooLong = Self.fields(.reserve, replacing: [7: Protobuf.field(7, most + [7])])
        #expect(throws: WireError.self) { try Message(wire: tooLong) }
    }

    @Test(
        "that travels forward has a deadline, at any time there is",
        arguments: [Int64.min, -1, 0, 1, .max])
    func deadlines(_ milliseconds: Int64) throws {
        let field = Protobuf.field(11, milliseconds)
        for kind in [Message.Kind.reserve, .abandon] {
            let message = try Message(wire: Self.fields(kind, replacing: [11: field]))
            #expect(message.deadline == Timestamp(milliseconds: milliseconds))
            #expect(message.encoded() == Self.fields(kind, replacing: [11: field]))
        }
    }

    @Test("is about the saga of its UUID and its content's hash")
    func saga() throws {
        let hash = Protobuf.field(6, Samples.hash.bytes)
        let message = try Message(wire: Self.fields(.confirm, replacing: [6: hash]))
        #expect(message.step == Samples.namesakeStep)
        #expect(message.step != Samples.message(.confirm).step)
    }

    private static let anyKind: [Malformed] = Message.Kind.allCases.flatMap { kind in
        [
            ("without kind", 1, []),
            ("of a kind unspecified", 1, Protobuf.field(1, UInt64(0))),
            ("of an unknown kind", 1, Protobuf.field(1, UInt64(5))),
            ("of a kind below all", 1, Protobuf.field(1, Int64(-1))),
            ("without sender", 2, []),
            ("with a sender of no name", 2, Protobuf.field(2, "Bank A")),
            ("with a sender that is not UTF-8", 2, Protobuf.field(2, [0xff])),
            ("without receiver", 3, []),
            ("with a receiver of no name", 3, Protobuf.field(3, "-")),
            ("without saga", 4, []),
            ("with a short saga", 4, Protobuf.field(4, Array(Samples.command.bytes.dropLast()))),
            ("with a long saga", 4, Protobuf.field(4, Samples.command.bytes + [0])),
            ("for step 16", 5, Protobuf.field(5, UInt64(16))),
            ("for a step beyond all", 5, Protobuf.field(5, UInt64(UInt32.max))),
            ("without hash", 6, []),
            ("with a short hash", 6, Protobuf.field(6, [1, 2, 3])),
            ("with a long hash", 6, Protobuf.field(6, Array(repeating: 0, count: 33))),
            ("with too much or too little", 7, kind.travelsForward ? [] : Protobuf.field(7, [1])),
        ].map { (what: String, number: UInt64, field: [UInt8]) in
            Malformed("\(kind) \(what)", fields(kind, replacing: [number: field]))
        }
    }

    private static let wrongDeadlines: [Malformed] = [
        Malformed("reserve without a deadline", fields(.reserve, replacing: [11: []])),
        Malformed("abandon without a deadline", fields(.abandon, replacing: [11: []])),
        Malformed("confirm with a deadline", fields(.confirm, replacing: [11: deadline(5)])),
        Malformed("cancel with a deadline", fields(.cancel, replacing: [11: deadline(5)])),
        // Zero is a time as well, and not the same as none.
        Malformed("confirm with a deadline of 0", fields(.confirm, replacing: [11: deadline(0)])),
        Malformed("cancel with a deadline of 0", fields(.cancel, replacing: [11: deadline(0)])),
        Malformed(
            "reserve with a deadline that is a text",
            fields(.reserve, replacing: [11: Protobuf.field(11, "5")])),
        Malformed(
            "reserve with two deadlines",
            fields(.reserve, replacing: [11: deadline(5) + deadline(5)])),
    ]

    private static func deadline(_ milliseconds: UInt64) -> [UInt8] {
        Protobuf.field(11, milliseconds)
    }

    @Test(
        "is refused",
        arguments: anyKind + wrongDeadlines + [
            Malformed("empty", []), Malformed("no protobuf", [0xff, 0xff]),
            Malformed("cut", Array(fields(.reserve).dropLast())),
        ])
    func malformed(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try Message(wire: malformed.bytes) }
    }
}
