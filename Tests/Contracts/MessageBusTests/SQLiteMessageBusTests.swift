import Foundation
import GRDB
import MessageBus
import MessageBusSQLite
import TestTags
import Testing

/// What the bus in a folder promises beyond the contract.
@Suite struct SQLiteMessageBusTests {
    @Test
    func `What was published is there after closing and opening again`() async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            try await bus.publish(records("r", 0..<3), to: topic.name)
            await bus.close()

            let again = try await SQLiteMessageBus.open(at: folder)
            #expect(try await again.contents(of: topic).map(text) == ["r 0", "r 1", "r 2"])
            await again.close()
        }
    }

    @Test(.tags(.process), .onlyInFullRuns)
    func `Two processes share a folder and wake each other`() async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic, otherTopic])
            async let other = #expect(processExitsWith: .success) { [folder = folder as String] in
                try await answerPings(in: folder)
            }
            let start = ContinuousClock.now
            for round in 0..<50 as Range<Int64> {
                try await bus.publish([record("ping \(round)")], to: topic.name)
                let answer = try await bus.records(
                    in: otherTopic.name, from: round, recordsMax: 10, wait: longWait)
                #expect(answer.map(text) == ["answer to ping \(round)"])
            }
            #expect(ContinuousClock.now - start < longWait)
            _ = await other
            await bus.close()
        }
    }

    @Test
    func `Many handles that create a topic at once make it once`() async throws {
        try await withFolder { folder in
            await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let bus = try await SQLiteMessageBus.open(at: folder)
                        try await bus.create([topic])
                        try await bus.publish([record("\(number)")], to: topic.name)
                        await bus.close()
                    }
                }
            }
            let bus = try await SQLiteMessageBus.open(at: folder)
            let found = try await bus.contents(of: topic)
            #expect(Set(found.map(text)) == Set((0..<8).map(String.init)))
            #expect(found.map(\.offset) == Array(0..<8))
            await bus.close()
        }
    }

    @Test
    func `Deleted topic files are missing until the topic is created again`() async throws {
        try await withFolder { parent in
            let folder = parent + "/bus"
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            try await bus.publish(records("r", 0..<5), to: topic.name)
            #expect(try await bus.contents(of: topic).count == 5)

            for path in [folder + "/" + topic.name + ".sqlite", folder] {
                try FileManager.default.removeItem(atPath: path)
                let publishing = await errorCode { () throws(BusError) in
                    _ = try await bus.publish([record("lost")], to: topic.name)
                }
                #expect(publishing == .topicMissing)
                let reading = await errorCode { () throws(BusError) in
                    _ = try await bus.look(at: 0)
                }
                #expect(reading == .topicMissing)

                let other = try await SQLiteMessageBus.open(at: folder)
                try await other.create([topic])
                #expect(try await bus.offsets(of: topic.name) == 0..<0)
                try await bus.publish([record("new")], to: topic.name)
                #expect(try await other.contents(of: topic).map(text) == ["new"])
                await other.close()
            }
            await bus.close()
        }
    }

    @Test
    func `A waiting reader gets an error when only the records' file is deleted`() async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            let start = ContinuousClock.now
            let file = folder + "/\(topic.name)"
            for round in 0..<20 {
                try await bus.create([topic])
                // The reader recreates this file before it reads, which shows that it has started.
                try FileManager.default.removeItem(atPath: file + ".wake")
                let reading = Task {
                    await errorCode { () throws(BusError) in
                        _ = try await bus.records(
                            in: topic.name, from: 0, recordsMax: 1, wait: longWait)
                    }
                }
                while !FileManager.default.fileExists(atPath: file + ".wake"),
                    ContinuousClock.now - start < longWait
                { await Task.yield() }
                for _ in 0..<(round * 50) { await Task.yield() }
                try FileManager.default.removeItem(atPath: file + ".sqlite")
                #expect(await reading.value == .topicMissing)
                try #require(ContinuousClock.now - start < longWait)
            }
            await bus.close()
        }
    }

    @Test
    func `A name without a topic leaves no file behind`() async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            _ = await errorCode { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: topic.name)
            }
            _ = await errorCode { () throws(BusError) in
                _ = try await bus.records(in: topic.name, from: 0, recordsMax: 1, wait: longWait)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            await bus.close()
        }
    }
}

/// Retention.
extension SQLiteMessageBusTests {
    @Test
    func `Publishing removes records older than the retention, at most once a minute`()
        async throws
    {
        try await withFolder { folder in
            let clock = TestClock()
            let bus = try await SQLiteMessageBus.open(at: folder) { clock.now }
            try await bus.create([topic])
            try await bus.publish(records("old", 0..<3), to: topic.name)
            clock.advance(by: .seconds(1_800))
            try await bus.publish(records("younger", 0..<2), to: topic.name)
            #expect(try await bus.offsets(of: topic.name) == 0..<5)
            clock.advance(by: .seconds(1_801))
            try await bus.publish([record("new")], to: topic.name)
            #expect(try await bus.offsets(of: topic.name) == 3..<6)

            // The two records are too old now, but this was less than a minute ago.
            clock.advance(by: .seconds(59))
            try await bus.publish([record("newer")], to: topic.name)
            #expect(try await bus.offsets(of: topic.name) == 3..<7)
            clock.advance(by: .seconds(1_800))
            try await bus.publish([record("newest")], to: topic.name)
            #expect(try await bus.offsets(of: topic.name) == 5..<8)
            await bus.close()
        }
    }

    @Test
    func `A topic whose records have all expired continues at its next offset`() async throws {
        try await withFolder { folder in
            let clock = TestClock()
            let bus = try await SQLiteMessageBus.open(at: folder) { clock.now }
            try await bus.create([topic])
            try await bus.publish(records("old", 0..<3), to: topic.name)
            clock.advance(by: .seconds(3_601))
            try await bus.publish([], to: topic.name)
            #expect(try await bus.offsets(of: topic.name) == 3..<3)
            #expect(try await bus.look(at: 3).isEmpty)
            await bus.close()
            let again = try await SQLiteMessageBus.open(at: folder) { clock.now }
            try await again.publish([record("next")], to: topic.name)
            #expect(try await again.contents(of: topic).map(\.offset) == [3])
            await again.close()
        }
    }

    @Test
    func `Removal catches up with a backlog over several publishes`() async throws {
        try await withFolder { folder in
            let clock = TestClock()
            let bus = try await SQLiteMessageBus.open(at: folder) { clock.now }
            try await bus.create([topic])
            try await bus.publish(records("old", 0..<2_500), to: topic.name)
            clock.advance(by: .seconds(3_601))
            var begins: [Int64] = []
            for _ in 0..<3 {
                try await bus.publish([], to: topic.name)
                begins.append(try await bus.offsets(of: topic.name).lowerBound)
            }
            #expect(begins == [1_000, 2_000, 2_500])
            await bus.close()
        }
    }

    @Test
    func `Records of a topic without retention stay`() async throws {
        try await withFolder { folder in
            let clock = TestClock()
            let bus = try await SQLiteMessageBus.open(at: folder) { clock.now }
            try await bus.create([otherTopic])
            try await bus.publish([record("old")], to: otherTopic.name)
            clock.advance(by: .seconds(100 * 365 * 86_400))
            try await bus.publish([record("new")], to: otherTopic.name)
            #expect(try await bus.offsets(of: otherTopic.name) == 0..<2)
            await bus.close()
        }
    }
}

/// Files that are not as they should be.
extension SQLiteMessageBusTests {
    @Test
    func `A file with a newer schema is refused and left as it is`() async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            let file = try DatabaseQueue(path: folder + "/\(topic.name).sqlite")
            try await file.write { try $0.execute(sql: "PRAGMA user_version = 99") }
            try file.close()
            #expect(await errorCode { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: topic.name)
            } == .newerSchema)
            #expect(await errorCode { () throws(BusError) in
                _ = try await bus.offsets(of: topic.name)
            } == .newerSchema)
            await bus.close()
        }
    }

    @Test(arguments: [
        ("this was never a database, but it is long enough to be looked at", "is damaged"),
        ("", "no topic"),
    ])
    func `A file that is no database says so`(content: String, message: String) async throws {
        try await withFolder { folder in
            try content.write(
                toFile: folder + "/\(topic.name).sqlite", atomically: false, encoding: .utf8)
            let bus = try await SQLiteMessageBus.open(at: folder)
            let error = await #expect(throws: BusError.self) {
                try await bus.publish([record("r")], to: topic.name)
            }
            #expect(error?.message.contains(message) == true)
            #expect(error?.message.contains(topic.name) == true)
            await bus.close()
        }
    }

    @Test(arguments: ["00", "00000005", "000000ff61", "ffffffffffffffff"])
    func `Headers that cannot be read are none, and those behind are read`(
        headers: String
    ) async throws {
        try await withFolder { folder in
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            try await bus.publish(records("r", 0..<3), to: topic.name)
            let file = try DatabaseQueue(path: folder + "/\(topic.name).sqlite")
            try await file.write {
                try $0.execute(sql: "UPDATE record SET headers = x'\(headers)' WHERE offset = 1")
            }
            try file.close()
            let found = try await bus.contents(of: topic)
            #expect(found.map(text) == ["r 0", "r 1", "r 2"])
            #expect(found[1].record.headers.isEmpty)
            await bus.close()
        }
    }

    @Test
    func `A damaged page is unavailable, not a wrong record`() async throws {
        try await withFolder { folder in
            let first = try await SQLiteMessageBus.open(at: folder)
            try await first.create([topic])
            try await first.publish(records("r", 0..<500), to: topic.name)
            await first.close()
            let path = folder + "/\(topic.name).sqlite"
            let file = try FileHandle(forUpdating: URL(filePath: path))
            let pageSize: UInt64 = 4_096
            for page in 2..<(try file.seekToEnd() / pageSize) {
                try file.seek(toOffset: page * pageSize)
                try file.write(contentsOf: Data(repeating: 0xA5, count: 64))
            }
            try file.close()

            let bus = try await SQLiteMessageBus.open(at: folder)
            let error = await #expect(throws: BusError.self) { _ = try await bus.look(at: 0) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("\(path) is damaged") == true)
            await bus.close()
        }
    }

    @Test
    func `A database that is no topic file says so`() async throws {
        try await withFolder { folder in
            let file = try DatabaseQueue(path: folder + "/\(topic.name).sqlite")
            try await file.write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
            try file.close()
            let bus = try await SQLiteMessageBus.open(at: folder)
            let error = await #expect(throws: BusError.self) { _ = try await bus.look(at: 0) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("is no topic file") == true)
            await bus.close()
        }
    }

    @Test
    func `A folder that cannot be made is unavailable, by its path`() async throws {
        try await withFolder { folder in
            let file = folder + "/file"
            try "in the way".write(toFile: file, atomically: false, encoding: .utf8)
            for path in [file, file + "/bus"] {
                let error = await #expect(throws: BusError.self) {
                    _ = try await SQLiteMessageBus.open(at: path)
                }
                #expect(error?.code == .unavailable)
                #expect(error?.isRetryable == true)
                #expect(error?.message.contains(path) == true)
            }
        }
    }

    @Test
    func `What a process left that died while it made a topic is no hindrance`() async throws {
        try await withFolder { folder in
            for ending in ["sqlite-unfinished", "sqlite-unfinished-journal", "sqlite-wal"] {
                try "left over".write(
                    toFile: folder + "/\(topic.name).\(ending)", atomically: false, encoding: .utf8)
            }
            let bus = try await SQLiteMessageBus.open(at: folder)
            try await bus.create([topic])
            try await bus.publish([record("r")], to: topic.name)
            #expect(try await bus.contents(of: topic).map(text) == ["r"])
            await bus.close()
        }
    }
}

/// The other process of `Two processes share a folder and wake each other`.
private func answerPings(in folder: String) async throws {
    let bus = try await SQLiteMessageBus.open(at: folder)
    for round in 0..<50 as Range<Int64> {
        let pings = try await bus.records(
            in: topic.name, from: round, recordsMax: 10, wait: longWait)
        let answers = pings.map { record("answer to " + text($0)) }
        try await bus.publish(answers, to: otherTopic.name)
    }
    await bus.close()
}
