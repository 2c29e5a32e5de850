import MessageBus
import MessageBusKafka
import RDKafka
import TestServers
import Testing

/// What `giro topics diff` and `giro topics apply` say and do.
@Suite struct TopicDriftTests {
    @Test
    func `What differs is named, and applying mends what can be mended`() async throws {
        try await withBroker(.noida) { broker in
            let client = ClientOptions(bootstrapServers: broker.address)
            let bus = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: quiet)
            #expect(try await bus.drift(from: [topic]).map(\.description)
                == ["transfers.bank-a is missing"])
            let admin = try await Admin.open(client, logger: quiet)
            try await admin.create([
                NewTopic(name: topic.name, settings: ["retention.ms": "5000"]),
            ])
            #expect(try await bus.drift(from: [topic, otherTopic]).map(\.description) == [
                "transfers.bank-a has retention.ms=5000 instead of 3600000",
                "journal.bank-a is missing",
            ])
            #expect(try await bus.apply([topic, otherTopic]).isEmpty)
            #expect(try await bus.drift(from: [topic, otherTopic]).isEmpty)
            await admin.close()
            await bus.close()
        }
    }

    @Test(arguments: KafkaFaultTests.brokers)
    func `A topic of several partitions is neither written nor read`(
        kind: BrokerServer.Kind
    ) async throws {
        try await withBroker(kind) { broker in
            let client = ClientOptions(bootstrapServers: broker.address)
            let bus = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: quiet)
            let admin = try await Admin.open(client, logger: quiet)
            try await admin.create([NewTopic(name: topic.name, partitions: 4)])
            await admin.close()
            let drift = try await bus.drift(from: [topic])
            #expect(drift.map(\.difference).contains(.partitions(found: 4)))
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
            await bus.close()
        }
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
}
