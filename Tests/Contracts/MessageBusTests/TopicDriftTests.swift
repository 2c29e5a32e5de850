import MessageBus
import RDKafka
import TestServers
import TestTags
import Testing

@testable import MessageBusKafka

/// What `giro topics diff` and `giro topics apply` find and do, on real brokers.
@Suite(.tags(.kafka), .onlyInFullRuns) struct TopicDriftTests {
    @Test
    func `What differs is named, and applying fixes what can be fixed`() async throws {
        try await withAdministered(.noida) { bus, admin in
            #expect(try await drift(bus, [topic]) == ["transfers.bank-a.bank-b is missing"])
            try await admin.create([
                NewTopic(
                    name: topic.name,
                    settings: [
                        "retention.ms": "5000", "segment.bytes": "1048576",
                        "cleanup.policy": "compact", "retention.bytes": "100",
                        "max.message.bytes": "1000", "min.insync.replicas": "2",
                    ])
            ])
            #expect(
                try await drift(bus, [topic, otherTopic]) == [
                    "\(topic.name) has cleanup.policy=compact instead of delete",
                    "\(topic.name) has max.message.bytes=1000 instead of 1048588",
                    "\(topic.name) has message.timestamp.type=CreateTime instead of LogAppendTime",
                    "\(topic.name) has min.insync.replicas=2 instead of 1",
                    "\(topic.name) has retention.bytes=100 instead of -1",
                    "\(topic.name) has retention.ms=5000 instead of 3600000",
                    "journal.bank-a is missing",
                ])
            let done = await bus.apply([topic, otherTopic])
            #expect(done.map(\.isMade) == [false, true])
            #expect(done[0].changes.map(\.setting) == topic.kafkaSettings.keys.sorted())
            #expect(done[0].changes.last?.before == "5000")
            #expect(done[0].changes.last?.after == "3600000")
            #expect(done[1].changes.isEmpty)
            #expect(done.allSatisfy { $0.left.isEmpty && $0.failure == nil && $0.notes.isEmpty })
            #expect(try await drift(bus, [topic, otherTopic]).isEmpty)
            // A setting that is not declared is the operator's decision.
            let kept = try await admin.settings(of: topic.name)["segment.bytes"]
            #expect(kept == TopicSetting(value: "1048576", isOwn: true))
            // And once more: nothing is left to do.
            let again = await bus.apply([topic, otherTopic])
            #expect(again.allSatisfy { !$0.isMade && $0.changes.isEmpty && $0.failure == nil })
        }
    }

    @Test
    func `What promises more than declared is noted, and never taken back`() async throws {
        try await withAdministered(.noida) { bus, admin in
            try await admin.create([
                NewTopic(
                    name: topic.name,
                    settings: topic.kafkaSettings.merging([
                        "retention.ms": "-1", "max.message.bytes": "2000000",
                    ]) { $1 })
            ])
            let done = try #require(await bus.apply([topic]).first)
            #expect(done.changes.isEmpty && done.left.isEmpty && done.failure == nil)
            #expect(
                done.notes == [
                    "transfers.bank-a.bank-b has max.message.bytes=2000000, more than 1048588",
                    "transfers.bank-a.bank-b has retention.ms=-1, more than 3600000",
                ])
        }
    }

    @Test
    func `More replicas than there are brokers are refused, with what to do`() async throws {
        try await withAdministered(.noida) { bus, _ in
            let replicated = topic.held(by: 3)
            let done = await bus.apply([replicated, otherTopic])
            let failure = try #require(done[0].failure)
            #expect(failure.code == .topicDiffers)
            #expect(
                failure.message.contains("transfers.bank-a.bank-b shall be held by 3 brokers"),
                "\(failure)")
            #expect(failure.message.contains("set kafka.replication in node.yaml"), "\(failure)")
            // The other topic is made all the same.
            #expect(done[1].isMade && done[1].failure == nil)
        }
    }

    @Test
    func `Replicas and what depends on them are left alone, and told`() async throws {
        try await withAdministered(.noida) { bus, admin in
            try await admin.create([
                NewTopic(name: topic.name, settings: ["retention.ms": "5000"])
            ])
            let declared = Topic(name: topic.name, retention: topic.retention)
            let done = try #require(await bus.apply([declared]).first)
            // With 2 of its 1 replicas in sync nothing could be published.
            #expect(try await admin.settings(of: topic.name)["min.insync.replicas"]?.value == "1")
            #expect(done.changes.map(\.setting) == ["message.timestamp.type", "retention.ms"])
            #expect(
                done.left.map(\.difference) == [
                    .replication(found: 1),
                    .settingForReplicas(name: "min.insync.replicas", declared: "2", found: "1"),
                ])
            #expect(done.left[0].description.contains("kafka-reassign-partitions.sh"))
            try await bus.publish([record("r")], to: topic.name)
        }
    }

    @Test(arguments: KafkaFaultTests.brokers)
    func `A broker that does not tell settings, or all of them, is noted and not judged`(
        kind: BrokerServer.Kind
    ) async throws {
        try await withAdministered(kind) { bus, admin in
            try await admin.create([NewTopic(name: topic.name, replication: 1)])
            let found = try #require(await bus.compare([topic]).first)
            guard kind == .tansu else {
                // It has been told nothing, and Kafka's default is a week.
                return #expect(
                    found.notes == [
                        "transfers.bank-a.bank-b has retention.ms=604800000, more than 3600000"
                    ])
            }
            #expect(found.differences.isEmpty)
            #expect(
                found.notes == ["the broker does not tell the settings of transfers.bank-a.bank-b"])
            try await admin.create([
                NewTopic(name: otherTopic.name, settings: ["retention.ms": "5000"])
            ])
            let done = await bus.apply([topic, otherTopic])
            #expect(done[0].failure == nil && done[0].notes == found.notes)
            // It cannot change any either.
            #expect(done[1].failure?.message.contains("not supported by broker") == true)
            #expect(done[1].changes.isEmpty)
        }
    }

    @Test(.needsTansu)
    func `A broker that takes any replication tells it`() async throws {
        try await withAdministered(.tansu) { bus, _ in
            let replicated = topic.held(by: 3)
            let done = try #require(await bus.apply([replicated]).first)
            #expect(done.isMade && done.failure == nil && done.left.isEmpty)
            let found = try #require(await bus.compare([replicated]).first)
            #expect(found.replication == 3 && found.differences.isEmpty && found.notes.isEmpty)
        }
    }

    @Test(arguments: KafkaFaultTests.brokers)
    func `A topic of several partitions is neither written nor read`(
        kind: BrokerServer.Kind
    ) async throws {
        try await withAdministered(kind) { bus, admin in
            try await admin.create([NewTopic(name: topic.name, partitions: 4)])
            let found = try await bus.compare([topic]).flatMap(\.differences)
            #expect(found.map(\.difference).contains(.partitions(found: 4)))
            for code in [
                await errorCode { () throws(BusError) in
                    _ = try await bus.publish([record("r")], to: topic.name)
                },
                await errorCode { () throws(BusError) in _ = try await bus.look(at: 0) },
                await errorCode { () throws(BusError) in
                    _ = try await bus.offsets(of: topic.name)
                },
            ] {
                #expect(code == .topicDiffers)
            }
            let error = await #expect(throws: BusError.self) {
                try await bus.publish([record("r")], to: topic.name)
            }
            #expect(error?.message.contains("`giro topics diff`") == true)
        }
    }

    @Test
    func `Where no broker answers, the first topic's failure is everybody's`() async throws {
        let client = ClientOptions(
            bootstrapServers: "127.0.0.1:\(try freePort())", requestTimeout: .seconds(1))
        let bus = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: quiet)
        let begin = ContinuousClock.now
        let topics = (1...20).map { Topic(name: "t\($0)", retention: nil) }
        let done = await bus.apply(topics)
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(Set(done.compactMap { $0.failure?.code }) == [.unavailable])
        #expect(done.allSatisfy { $0.failure != nil && !$0.isMade })
        await bus.close()
    }

    @Test
    func `A setting that librdkafka does not know is named when the bus is opened`() async throws {
        let client = ClientOptions(
            bootstrapServers: "127.0.0.1:1", settings: ["sasl.pasword": "secret"])
        let error = await #expect(throws: BusError.self) {
            _ = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: quiet)
        }
        #expect(error?.code == .invalidSetting)
        #expect(error?.message.contains("sasl.pasword") == true)
        #expect(error?.message.contains("secret") == false)
    }

    private func drift(_ bus: KafkaMessageBus, _ topics: [Topic]) async throws -> [String] {
        try await bus.compare(topics).flatMap(\.differences).map(\.description)
    }

    private func withAdministered(
        _ kind: BrokerServer.Kind, _ test: (KafkaMessageBus, Admin) async throws -> Void
    ) async throws {
        try await withBroker(kind) { broker in
            let client = ClientOptions(bootstrapServers: broker.address)
            let bus = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: quiet)
            let admin = try await Admin.open(client, logger: quiet)
            try await test(bus, admin)
            await admin.close()
            await bus.close()
        }
    }
}

/// The judgement alone, on what brokers could tell.
@Suite struct TopicComparisonTests {
    private let declared = Topic(name: "journal.bank-a", retention: nil)

    private func compare(
        replicas: Int = 3, inSync: Int = 3, leader: String? = "1 (kafka-1:9092)",
        settings: [String: String] = [:]
    ) -> TopicComparison {
        let partition = TopicStanding.Partition(leader: leader, replicas: replicas, inSync: inSync)
        let told = declared.kafkaSettings.merging(settings) { $1 }
        return TopicComparison(
            declared, TopicStanding(partitions: [partition]),
            told.mapValues { TopicSetting(value: $0, isOwn: true) })
    }

    @Test
    func `Replicas that are not in sync are a note, until too few are`() {
        #expect(compare().shortage == nil && compare().notes.isEmpty)
        let lagging = compare(inSync: 2)
        #expect(lagging.shortage == nil)
        #expect(lagging.notes == ["2 of 3 replicas of journal.bank-a are in sync"])
        let lost = compare(inSync: 1)
        #expect(
            lost.shortage == """
                only 1 of 3 replicas of journal.bank-a are in sync, fewer than its \
                min.insync.replicas=2, so nothing can be published to it; no money is lost: start \
                the brokers that are down
                """)
        #expect(lost.notes.isEmpty && lost.differences.isEmpty)
        #expect(compare(inSync: 0, leader: nil).shortage?.contains("has no leader") == true)
    }

    @Test
    func `The broker's own minimum decides, not the declared one`() {
        let stricter = compare(inSync: 2, settings: ["min.insync.replicas": "3"])
        #expect(stricter.shortage?.contains("min.insync.replicas=3") == true)
        #expect(compare(inSync: 1, settings: ["min.insync.replicas": "1"]).shortage == nil)
    }

    @Test
    func `A minimum above the number of replicas is named as that`() {
        let found = compare(replicas: 1, inSync: 1)
        #expect(found.differences.map(\.difference) == [.replication(found: 1)])
        #expect(
            found.shortage == """
                journal.bank-a has replication 1, less than its min.insync.replicas=2, so nothing \
                can be published to it: correct one of them with the broker's tools
                """)
    }

    @Test
    func `On fewer brokers all of them must have a record`() {
        #expect(declared.replication == 3 && declared.inSyncMin == 2)
        #expect(declared.held(by: 1).inSyncMin == 1)
        #expect(declared.held(by: 2).inSyncMin == 2)
        #expect(declared.held(by: 5).inSyncMin == 2)
        #expect(declared.held(by: 1).kafkaSettings["min.insync.replicas"] == "1")
    }
}
