import GRDB
import MessageBus
import MessageBusSQLite
import Testing

// GRDB has its own Record.
import struct MessageBus.Record

/// How long a record of a topic file may be, also one that another program has written.
@Suite struct SQLiteRecordSizeTests {
    @Test(arguments: ["key", "headers", "value"])
    func `A record that is longer than any broker takes is empty in its place`(
        column: String
    ) async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            try await bus.publish(records("r", 0..<3), to: topic.name)
            let file = try DatabaseQueue(path: folder + "/\(topic.name).sqlite")
            try await file.write {
                try $0.execute(
                    sql: "UPDATE record SET \(column) = zeroblob(2000000) WHERE offset = 1")
            }
            try file.close()
            let found = try await bus.contents(of: topic)
            #expect(found.map(\.offset) == [0, 1, 2])
            #expect(found.map(text) == ["r 0", "", "r 2"])
            #expect(found[1].record == Record(key: [], headers: [], value: []))
            await bus.close()
        }
    }

    @Test
    func `A record is as long as a broker's may be, and no longer`() async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            let longest = filling(Topic.batchBytesStandard)
            try await bus.publish([longest], to: topic.name)
            let code = await errorCode { () throws(BusError) in
                let longer = filling(Topic.batchBytesStandard + 1)
                _ = try await bus.publish([record("short"), longer], to: topic.name)
            }
            #expect(code == .recordTooLarge)
            #expect(try await bus.contents(of: topic).map(\.record) == [longest])
            await bus.close()
        }
    }

    /// A record that takes so many bytes in a file: eight of them are the lengths of a header.
    private func filling(_ bytes: Int) -> Record {
        let header = Record.Header(name: "four", value: [1, 2, 3, 4])
        return Record(
            key: [1], headers: [header], value: [UInt8](repeating: 7, count: bytes - 17))
    }
}
