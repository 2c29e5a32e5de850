import MessageBus
import Testing

/// What a simulator asks of a bus without waiting; the rest is the contract's.
@Suite struct TopicStorageTests {
    @Test
    func `Publishing says which offsets the records got`() throws {
        var storage = TopicStorage()
        storage.create([topic])
        #expect(try storage.publish(records("r", 0..<3), to: topic.name) == 0..<3)
        #expect(try storage.publish([record("r")], to: topic.name) == 3..<4)
    }

    @Test
    func `Emptying one topic leaves the others`() throws {
        var storage = TopicStorage()
        storage.create([topic, otherTopic])
        try storage.publish([record("r")], to: topic.name)
        try storage.publish([record("r")], to: otherTopic.name)
        storage.empty(topic: topic.name)
        #expect(try storage.offsets(of: topic.name) == 0..<0)
        #expect(try storage.offsets(of: otherTopic.name) == 0..<1)
    }

    @Test(arguments: [(-1, 0), (0, 0), (2, 2), (3, 3), (9, 3)] as [(Int64, Int64)])
    func `Records are removed up to an offset, and never past the end`(
        offset: Int64, first: Int64
    ) throws {
        var storage = TopicStorage()
        storage.create([topic])
        try storage.publish(records("r", 0..<3), to: topic.name)
        storage.removeRecords(before: offset, in: topic.name)
        #expect(try storage.offsets(of: topic.name) == first..<3)
    }

    @Test
    func `A copy is independent of the original`() throws {
        var storage = TopicStorage()
        storage.create([topic])
        let before = storage
        try storage.publish([record("r")], to: topic.name)
        #expect(try before.offsets(of: topic.name) == 0..<0)
    }
}
