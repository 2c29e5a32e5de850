import MessageBus
import RDKafka
import TestServers
import TestTags
import Testing

@testable import MessageBusKafka

/// Topics on several brokers with rights, which those of the other tests are not.
@Suite(.tags(.kafka), .onlyInFullRuns) struct TopicAdministrationTests {
    private let declared = Topic(name: "journal.bank-a", retention: nil)

    /// As the topic is declared.
    private var right: AdminBrokers.Topic {
        AdminBrokers.Topic(settings: declared.kafkaSettings.mapValues { AdminBrokers.Setting($0) })
    }

    private func withBrokers(
        _ count: Int = 3, lag: Int = 0,
        _ test: (AdminBrokers, KafkaMessageBus) async throws -> Void
    ) async throws {
        let brokers = try AdminBrokers(count: count, lag: lag)
        defer { brokers.close() }
        let client = ClientOptions(
            bootstrapServers: brokers.address, clientID: "giro.bank-a",
            settings: ["sasl.username": "alice"])
        let bus = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: quiet)
        do {
            try await test(brokers, bus)
        } catch {
            await bus.close()
            throw error
        }
        await bus.close()
    }

    @Test
    func `A topic is made as it is declared`() async throws {
        try await withBrokers { brokers, bus in
            let done = try #require(await bus.apply([declared]).first)
            #expect(done.isMade && done.failure == nil && done.left.isEmpty, "\(done)")
            let made = try #require(brokers.topic(declared.name))
            #expect(made.replicas == 3)
            #expect(made.settings.mapValues(\.value) == declared.kafkaSettings)
            #expect(try await bus.compare([declared]).flatMap(\.differences).isEmpty)
        }
    }

    @Test
    func `Too few brokers are reported, with the replication that is required`() async throws {
        try await withBrokers(2) { _, bus in
            let failure = try #require(await bus.apply([declared]).first?.failure)
            #expect(failure.code == .topicDiffers)
            #expect(failure.message.contains("shall be held by 3 brokers"), "\(failure)")
        }
    }

    @Test(arguments: [1, 2, 5, 20])
    func `What is made or changed is waited for until every broker shows it`(
        lag: Int
    ) async throws {
        try await withBrokers(lag: lag) { brokers, bus in
            let shorter = Topic(name: declared.name, retention: .seconds(60))
            let made = try #require(await bus.apply([shorter]).first)
            #expect(made.isMade && made.failure == nil && made.left.isEmpty, "\(made)")
            #expect(brokers.isSeenEverywhere(declared.name))
            let changed = try #require(await bus.apply([declared]).first)
            #expect(changed.changes.map(\.setting) == ["retention.ms"])
            #expect(changed.failure == nil && changed.left.isEmpty, "\(changed)")
            #expect(brokers.isSeenEverywhere(declared.name))
        }
    }

    @Test
    func `Without the right to make topics all is well where there are all`() async throws {
        try await withBrokers { brokers, bus in
            brokers.put(right, as: declared.name)
            brokers.deny(.create, .alterSettings)
            let done = try #require(await bus.apply([declared]).first)
            #expect(done.failure == nil && !done.isMade && done.left.isEmpty, "\(done)")
            #expect(brokers.requests("CreateTopics") == 0 && brokers.requests("AlterConfigs") == 0)
            let missing = Topic(name: "transfers.bank-a.bank-b", retention: nil)
            let both = await bus.apply([missing, declared])
            #expect(
                both[0].failure?.message == """
                    bank-a may not make transfers.bank-a.bank-b: grant CREATE on topic \
                    transfers.bank-a.bank-b to User:alice
                    """)
            // The other one is looked after all the same.
            #expect(both[1].failure == nil)
        }
    }

    @Test
    func `The right to change settings, and the one to see them, are named`() async throws {
        try await withBrokers { brokers, bus in
            var differing = right
            differing.settings["retention.ms"]?.value = "5"
            brokers.put(differing, as: declared.name)
            brokers.deny(.alterSettings)
            let done = try #require(await bus.apply([declared]).first)
            #expect(done.failure?.message.contains("grant ALTER_CONFIGS on topic") == true)
            #expect(done.changes.isEmpty)
            brokers.deny(.describeSettings)
            let code = await errorCode { () throws(BusError) in
                _ = try await bus.compare([declared])
            }
            #expect(code == .notAuthorized)
            let found = try #require(
                await bus.compare([declared], settingsMayBeHidden: true).first)
            #expect(found.differences.isEmpty)
            #expect(found.notes.count == 1)
            #expect(found.notes.first?.contains("grant DESCRIBE_CONFIGS on topic") == true)
        }
    }

    @Test
    func `Settings that are not declared stay as they were`() async throws {
        try await withBrokers { brokers, bus in
            var differing = right
            differing.settings["retention.ms"]?.value = "5"
            differing.settings["segment.bytes"] = AdminBrokers.Setting("1048576")
            differing.settings["compression.type"] = AdminBrokers.Setting("producer", isOwn: false)
            brokers.put(differing, as: declared.name)
            let done = try #require(await bus.apply([declared]).first)
            #expect(done.changes.map(\.before) == ["5"] && done.failure == nil, "\(done)")
            let now = try #require(brokers.topic(declared.name)).settings
            #expect(now["segment.bytes"] == AdminBrokers.Setting("1048576"))
            #expect(now["retention.ms"] == AdminBrokers.Setting("-1"))
            // A default is not made the topic's own.
            #expect(now["compression.type"]?.isOwn == false)
        }
    }

    @Test
    func `A setting that the broker keeps to itself is not reset by a change of others`()
        async throws
    {
        try await withBrokers { brokers, bus in
            var differing = right
            differing.settings["retention.ms"]?.value = "5"
            differing.settings["secret.policy"] = AdminBrokers.Setting(nil)
            brokers.put(differing, as: declared.name)
            let done = try #require(await bus.apply([declared]).first)
            #expect(done.failure?.message.contains("the setting secret.policy, whose") == true)
            #expect(brokers.requests("AlterConfigs") == 0)
            #expect(brokers.topic(declared.name)?.settings["retention.ms"]?.value == "5")
        }
    }

    @Test
    func `Lost replicas are seen in what a broker tells`() async throws {
        try await withBrokers { brokers, bus in
            var lost = right
            lost.inSync = 1
            brokers.put(lost, as: declared.name)
            let found = try #require(await bus.compare([declared]).first)
            #expect(found.differences.isEmpty)
            #expect(
                found.shortage?.hasPrefix("only 1 of 3 replicas of journal.bank-a are in sync")
                    == true)
        }
    }

    @Test
    func `A topic with too few replicas gets no minimum that it could not reach`() async throws {
        try await withBrokers { brokers, bus in
            var single = right
            single.replicas = 1
            single.inSync = 1
            single.settings["min.insync.replicas"]?.value = "1"
            brokers.put(single, as: declared.name)
            let done = try #require(await bus.apply([declared]).first)
            #expect(done.changes.isEmpty && done.failure == nil)
            #expect(done.left.count == 2, "\(done.left)")
            #expect(brokers.requests("AlterConfigs") == 0)
        }
    }
}
