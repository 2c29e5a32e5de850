import MessageBus
import Testing

/// What the contract does not say of a bus with a prefix: that two of them never meet.
@Suite struct PrefixedMessageBusTests {
    @Test
    func `Two prefixes on one bus have different topics`() async throws {
        let carrier = InMemoryMessageBus()
        let test = PrefixedMessageBus(carrier, prefix: "test.")
        let live = PrefixedMessageBus(carrier, prefix: "live.")
        try await test.create([topic])
        try await live.create([topic])
        try await test.publish([record("only a test")], to: topic.name)
        #expect(try await test.offsets(of: topic.name) == 0..<1)
        #expect(try await live.offsets(of: topic.name) == 0..<0)
        #expect(try await carrier.offsets(of: "test." + topic.name) == 0..<1)
    }

    @Test
    func `An error names the topic as the brokers know it`() async throws {
        let bus = PrefixedMessageBus(InMemoryMessageBus(), prefix: "test.")
        let error = await #expect(throws: BusError.self) {
            try await bus.publish([record("r")], to: topic.name)
        }
        #expect(error?.message.contains("test." + topic.name) == true)
    }

    @Test(arguments: [
        ("", true), ("test.", true), ("a_b-", true), (String(repeating: "p", count: 60), true),
        (String(repeating: "p", count: 61), false), (".test", false), ("te st", false),
        ("größe.", false), ("a/b", false),
    ])
    func `A prefix leaves room for the longest topic`(text: String, isPrefix: Bool) throws {
        #expect(Topic.isPrefix(text) == isPrefix)
        guard isPrefix else { return }
        let name = String(repeating: "n", count: 63)
        #expect(Topic.isName(text + "transfers.\(name).\(name)"))
    }
}
