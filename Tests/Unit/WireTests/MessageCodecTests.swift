import GeneratedWire
import SwiftProtobuf
import Testing
import Wire

/// The codec writes protobuf's format, and reads the one form of it that it writes.
@Suite("A message of the codec")
struct MessageCodecTests {
    private static let numbers: [UInt64] = [
        1, 127, 128, 16_383, 16_384, 1 << 32, 1 << 56, 1 << 63, .max,
    ]

    private func written(_ write: (inout MessageWriter) -> Void) -> [UInt8] {
        var writer = MessageWriter()
        write(&writer)
        return writer.bytes
    }

    @Test("has numbers of every length", arguments: numbers)
    func unsigned(_ number: UInt64) throws {
        let bytes = written { $0.write(number, 1) }
        #expect(bytes == Protobuf.field(1, number))
        var reader = MessageReader(bytes, "it")
        #expect(try reader.unsigned(1) == number)
        try reader.end()
    }

    @Test("has negative numbers in ten bytes, as protobuf does", arguments: [-1, .min, .max, 1])
    func signed(_ number: Int64) throws {
        let bytes = written { $0.write(number, 2) }
        #expect(bytes == Protobuf.field(2, number))
        var reader = MessageReader(bytes, "it")
        #expect(try reader.signed(2) == number)
    }

    @Test("leaves out what is empty, but for members of lists and choices")
    func defaults() throws {
        let bytes = written {
            $0.write(0 as UInt64, 1)
            $0.write("", 2)
            $0.write([], 3)
            $0.write(false, 4)
        }
        #expect(bytes.isEmpty)
        let present = written {
            $0.writePresent(0 as Int64, 1)
            $0.write(element: "", 2)
            $0.write(element: [], 3)
            $0.write(4) { _ in }
        }
        #expect(present == [8, 0, 0x12, 0, 0x1A, 0, 0x22, 0])
        var reader = MessageReader(present, "it")
        #expect(try reader.signedIfAny(1) == 0)
        #expect(try reader.stringElement(2) == "")
        #expect(try reader.bytesElement(3) == [])
        #expect(try reader.message(4, "inner") != nil)
        try reader.end()
    }

    @Test("has messages of every length inside", arguments: [0, 1, 126, 127, 128, 16_383, 16_384])
    func nested(_ count: Int) throws {
        let filling = [UInt8](repeating: 7, count: count)
        let bytes = written { outer in
            outer.write(1) { $0.write(filling, 1) }
            outer.write(3 as UInt64, 2)
        }
        let inner = count == 0 ? [] : Protobuf.field(1, filling)
        #expect(bytes == Protobuf.field(1, inner) + Protobuf.field(2, 3 as UInt64))
        var reader = MessageReader(bytes, "it")
        var message = try #require(try reader.message(1, "inner"))
        #expect(try message.bytes(1) == filling)
        try message.end()
        #expect(try reader.unsigned(2) == 3)
    }

    @Test(
        "is refused in any other form",
        arguments: [
            Malformed("a default value", [0x08, 0x00]),
            Malformed("an empty text", [0x12, 0x00]),
            Malformed("a number that is longer than it has to be", [0x08, 0x81, 0x00]),
            Malformed("a tag that is longer than it has to be", [0x88, 0x00, 0x01]),
            Malformed(
                "a number of 65 bits",
                [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02]),
            Malformed(
                "a number without an end",
                [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
            Malformed("half a number", [0x08, 0x80]),
            Malformed("half a text", [0x12, 0x02, 0x61]),
            Malformed("a text longer than memory", [0x12] + Self.huge),
            Malformed("a text that is not UTF-8", [0x12, 0x01, 0xFF]),
            Malformed("fields in another order", [0x12, 0x01, 0x61, 0x08, 0x01]),
            Malformed("a field twice", [0x08, 0x01, 0x08, 0x01]),
            Malformed("a number where a text belongs", [0x10, 0x01]),
            Malformed("a yes that is neither", [0x18, 0x02]),
            Malformed("a further field", [0x20, 0x01]),
        ])
    func otherForms(_ malformed: Malformed) {
        #expect(throws: WireError.self, "\(malformed)") {
            var reader = MessageReader(malformed.bytes, "it")
            _ = try reader.unsigned(1)
            _ = try reader.string(2)
            _ = try reader.bool(3)
            try reader.end()
        }
    }

    private static let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]

    @Test("may have fields of a newer version of any form, behind those that are known")
    func newer() throws {
        let newer: [UInt8] = [0x20, 0x01, 0x2A, 0x01, 0x61, 0x31, 1, 2, 3, 4, 5, 6, 7, 8]
            + [0x3D, 1, 2, 3, 4]
        var reader = MessageReader([0x08, 0x01] + newer, "it")
        #expect(try reader.unsigned(1) == 1)
        #expect(try reader.skipNewer(than: 3))
        var known = MessageReader([0x08, 0x01], "it")
        #expect(try known.unsigned(1) == 1)
        #expect(try !known.skipNewer(than: 3))
        let others: [[UInt8]] = [
            newer + [0x10, 0x01], [0x10, 0x01], Array(newer.dropLast()), newer + [0x43],
            // A group, and a number that protobuf has no field for.
            [0x23, 0x24], [0x80, 0x80, 0x80, 0x80, 0x10, 0x01],
        ]
        for bytes in others {
            var reader = MessageReader(bytes, "it")
            #expect(throws: WireError.self) { try reader.skipNewer(than: 3) }
        }
    }

    @Test("says which field stands next, and none where there is none")
    func nextField() throws {
        #expect(MessageReader([0x1A, 0x00], "it").nextField == 3)
        #expect(MessageReader([], "it").nextField == nil)
        #expect(MessageReader([0x80], "it").nextField == nil)
    }
}
