import MessageBus
import MessageBusKafka
import RDKafka
import Synchronization
import TestServers
import TestTags
import Testing

/// What brokers and networks do to a bus on Kafka.
@Suite(.tags(.kafka, .slow), .onlyInFullRuns) struct KafkaFaultTests {
    /// The brokers that this library speaks to.
    static let brokers: [BrokerServer.Kind] = librarySpeaksToTansu ? [.noida, .tansu] : [.noida]

    @Test(arguments: brokers)
    func `A broker that is killed and comes back is published to again`(
        kind: BrokerServer.Kind
    ) async throws {
        try await withBroker(kind) { broker in
            try await withBus(at: broker.address) { bus in
                for round in 0..<5 {
                    try await bus.publish(records("r", 0..<20), to: topic.name)
                    try await broker.restart()
                    // Tansu forgets its topics; noida may have lost its newest records.
                    try await bus.create([topic])
                    try await bus.publish([record("after \(round)")], to: topic.name)
                    let last = try await bus.contents(of: topic).last.map(text)
                    #expect(last == "after \(round)")
                }
            }
        }
    }

    @Test
    func `A publish whose broker dies says that its outcome is open, and the next one goes`()
        async throws
    {
        try await withBroker(.noida) { broker in
            try await withBus(at: broker.address, publishTimeout: .seconds(2)) { bus in
                try await bus.publish([record("before")], to: topic.name)
                broker.pause()
                let code = await errorCode { () throws(BusError) in
                    _ = try await bus.publish(records("lost", 0..<10), to: topic.name)
                }
                #expect(code == .unavailable)
                broker.resume()
                try await bus.publish([record("after")], to: topic.name)
                let found = try await bus.contents(of: topic).map(text)
                #expect(found.first == "before" && found.contains("after"))
            }
        }
    }

    /// The broker handles the request, and its answer is lost: the client retries.
    @Test(.needsTansu)
    func `A lost answer makes no duplicate and no gap`() async throws {
        try await withProxiedTansu { proxy, address in
            try await withBus(at: address) { bus in
                var expected: [String] = []
                for round in 0..<10 {
                    let batch = records("round \(round)", 0..<10)
                    expected += batch.map { String(decoding: $0.value, as: UTF8.self) }
                    async let published = bus.publish(batch, to: topic.name)
                    if round > 0 {
                        let cuts = proxy.cuts
                        proxy.set(toClient: .cut)
                        let deadline = ContinuousClock.now + .seconds(20)
                        while proxy.cuts == cuts, ContinuousClock.now < deadline {
                            await Task.yield()
                        }
                        proxy.set()
                    }
                    try await published
                }
                #expect(try await bus.contents(of: topic).map(text) == expected)
                #expect(proxy.cuts >= 9)
            }
        }
    }

    @Test(.needsTansu)
    func `A half-open connection is given up and made again`() async throws {
        try await withProxiedTansu { proxy, address in
            try await withBus(at: address, settings: ["socket.timeout.ms": "1000"]) { bus in
                try await bus.publish([record("before")], to: topic.name)
                proxy.set(toClient: .swallow)
                async let published = bus.publish([record("during")], to: topic.name)
                async let read = errorCode { () throws(BusError) in
                    _ = try await bus.records(
                        in: topic.name, from: 1, recordsMax: 1, wait: longWait)
                }
                #expect(await read == .unavailable)
                proxy.set()
                proxy.cutAll()
                // The topic is checked before anything is sent, and that may have failed.
                do { try await published } catch let error as BusError {
                    #expect(error.code == .unavailable)
                    try await bus.publish([record("during")], to: topic.name)
                }
                #expect(try await bus.contents(of: topic).map(text) == ["before", "during"])
            }
        }
    }

    /// As where an answer holds so much that it takes longer than a wait.
    @Test(arguments: [false, true])
    func `A reader whose waits end too early on a slow link continues where it stands`(
        asksForEnds: Bool
    ) async throws {
        try await withBroker(.noida) { broker in
            let proxy = try TCPProxy(to: broker.port, isBrokers: true)
            defer { proxy.close() }
            try await withBus(at: "127.0.0.1:\(proxy.port)") { bus in
                try await bus.publish(records("r", 0..<100), to: topic.name)
                proxy.set(toClient: .delay(.milliseconds(300)))
                var (found, waits) = (0, 0)
                let deadline = ContinuousClock.now + .seconds(60)
                while found < 100, ContinuousClock.now < deadline {
                    waits += 1
                    if asksForEnds {
                        let held = try await bus.offsets(of: topic.name)
                        #expect(held == 0..<100)
                    }
                    found += try await bus.records(
                        in: topic.name, from: Int64(found), recordsMax: 1_000,
                        wait: .milliseconds(100)
                    ).count
                }
                #expect(found == 100)
                #expect(waits > 1, "the link was not slow")
            }
        }
    }

    @Test
    func `A broker that is not there is unavailable, by its address`() async throws {
        let options = ClientOptions(
            bootstrapServers: "127.0.0.1:1", requestTimeout: .milliseconds(200))
        let bus = try await KafkaMessageBus.open(KafkaOptions(client: options), logger: quiet)
        let error = await #expect(throws: BusError.self) {
            try await bus.publish([record("r")], to: topic.name)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:1") == true, "\(String(describing: error))")
        await bus.close()
    }
}

/// Calls `test` with a bus that has the topic ``topic``.
func withBus(
    at address: String, settings: [String: String] = [:], publishTimeout: Duration = .seconds(30),
    _ test: (KafkaMessageBus) async throws -> Void
) async throws {
    let client = ClientOptions(bootstrapServers: address, settings: settings)
    let bus = try await KafkaMessageBus.open(
        KafkaOptions(client: client, publishTimeout: publishTimeout), logger: quiet)
    do {
        try await bus.create([topic])
        try await test(bus)
        await bus.close()
    } catch {
        await bus.close()
        throw error
    }
}

/// Calls `test` with a proxy before a broker that advertises it, and the address to connect to.
func withProxiedTansu(_ test: (TCPProxy, String) async throws -> Void) async throws {
    let front = try freePort()
    try await withBroker(.tansu, advertisedPort: front) { broker in
        let proxy = try TCPProxy(to: broker.port, on: front)
        defer { proxy.close() }
        try await test(proxy, broker.address)
    }
}
