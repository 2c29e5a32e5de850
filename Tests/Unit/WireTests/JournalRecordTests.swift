import JournalReader
import Saga
import Testing
import Wire

@Suite("A journal record")
struct JournalRecordTests {
    static let records = [
        JournalRecord(position: 1, saga: nil, entry: []),
        JournalRecord(position: 2, saga: Samples.saga, entry: [1, 2]),
        JournalRecord(
            position: UInt64(Int64.max), saga: Samples.saga, entry: [1, 2], header: [3],
            signature: [4]),
    ]

    @Test("says the same again, and is refused with an unknown field", arguments: records)
    func roundTrip(_ record: JournalRecord) throws {
        #expect(try JournalRecord(wire: record.encoded()) == record)
        #expect(throws: WireError.self) {
            try JournalRecord(wire: record.encoded() + Protobuf.unknown)
        }
    }

    @Test(
        "is refused",
        arguments: [
            Malformed("empty", []),
            Malformed("no protobuf", [0xff]),
            Malformed("at position 0", Protobuf.field(1, UInt64(0)) + Protobuf.field(3, [1])),
            Malformed("past all positions", Protobuf.field(1, UInt64.max)),
            Malformed("of no log", Protobuf.field(1, UInt64(1)) + Protobuf.field(6, UInt64.max)),
            Malformed("with a short saga", Protobuf.field(1, UInt64(1)) + Protobuf.field(2, [1])),
            Malformed("unsigned", Protobuf.field(1, UInt64(1)) + Protobuf.field(4, [1])),
            Malformed("signed for nothing", Protobuf.field(1, UInt64(1)) + Protobuf.field(5, [1])),
        ])
    func malformed(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try JournalRecord(wire: malformed.bytes) }
    }
}
