import CLibrdkafka
import MockKafka
import RDKafka
import TestServers
import TestTags
import Testing

@Suite(.tags(.kafka)) struct ConsumerTests {
    @Test
    func `Keys, headers and values come back, null and empty told apart`() async throws {
        try await withCluster { cluster in
            let sent = [
                KafkaMessage(key: nil, value: nil), KafkaMessage(key: [], value: []),
                KafkaMessage(
                    key: [0, 1],
                    headers: [
                        .init(name: "a", value: [1]), .init(name: "a", value: []),
                        .init(name: "", value: nil),
                    ], value: [0]),
            ]
            try await withProducer(cluster.options) { producer in
                _ = try await producer.send(sent, to: "t")
            }
            let found = try await contents(of: "t", cluster.options)
            #expect(found.map(\.message) == sent)
            #expect(found.map(\.offset) == [0, 1, 2])
        }
    }

    @Test
    func `Messages come once and in order, however many fetches fail before`() async throws {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                _ = try await producer.send(messages(0..<500), to: "t")
            }
            cluster.fail(.fetch, with: [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            ])
            let found = try await contents(of: "t", cluster.options)
            #expect(found.map(text) == (0..<500).map(String.init))
        }
    }

    /// librdkafka had a bug there once (its issue 3007): it hung.
    @Test(.timeLimit(.minutes(1)))
    func `A consumer that asked for the end of a topic that is gone can be closed`() async throws {
        try await withCluster { cluster in
            let consumer = try await Consumer.open(topic: "t", cluster.options, logger: quiet)
            _ = try await consumer.partitionCount()
            cluster.fail(
                .listOffsets,
                with: Array(repeating: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, count: 20))
            let told = await kafkaError { () throws(KafkaError) in
                _ = try await consumer.watermarks()
            }
            #expect(told?.code == .topicMissing)
            await consumer.close()
        }
    }

    /// librdkafka 2.0.2 waits for the answer, however long it takes.
    @Test
    func `A question about a topic's ends keeps its time, and so does closing behind it`()
        async throws
    {
        try await withCluster { cluster in
            var options = cluster.options
            options.requestTimeout = .milliseconds(500)
            let consumer = try await Consumer.open(topic: "t", options, logger: quiet)
            _ = try await consumer.partitionCount()
            cluster.setRoundTrip(milliseconds: 15_000)
            let begin = ContinuousClock.now
            for _ in 0..<2 {
                let told = await kafkaError { () throws(KafkaError) in
                    _ = try await consumer.watermarks()
                }
                #expect(told?.code == .unreachable)
            }
            #expect(ContinuousClock.now - begin < .seconds(5))
            await consumer.close()
            #expect(ContinuousClock.now - begin < .seconds(12))
        }
    }

    @Test
    func `A waiting reader gets an error when its connection is lost`() async throws {
        try await withCluster(brokers: 2) { cluster in
            cluster.moveLeader(of: "t", to: 1)
            let consumer = try await Consumer.open(topic: "t", cluster.options, logger: quiet)
            _ = try await consumer.partitionCount()
            try await consumer.start(at: 0)
            async let error = kafkaError { () throws(KafkaError) in
                _ = try await consumer.messages(atMost: 1, until: .now + .seconds(60))
            }
            cluster.takeDown(1)
            cluster.takeDown(2)
            let told = await error
            #expect(told?.code == .unreachable)
            #expect(await consumer.position == nil)
            await consumer.close()
        }
    }

    @Test
    func `An offset that the topic does not hold is out of range, not another offset`()
        async throws
    {
        try await withBroker(.noida) { broker in
            let options = ClientOptions(bootstrapServers: broker.address)
            let admin = try await Admin.open(options, logger: quiet)
            try await admin.create([NewTopic(name: "t", settings: [:])])
            try await withProducer(options) { producer in
                _ = try await producer.send(messages(0..<5), to: "t")
            }
            let consumer = try await Consumer.open(topic: "t", options, logger: quiet)
            _ = try await consumer.partitionCount()
            #expect(try await consumer.watermarks() == 0..<5)
            try await consumer.start(at: 99)
            let error = await kafkaError { () throws(KafkaError) in
                _ = try await consumer.messages(atMost: 1, until: .now + .seconds(60))
            }
            #expect(error?.code == .offsetOutOfRange)
            await consumer.close()
            await admin.close()
        }
    }

    @Test
    func `Closing ends a wait, and needs no broker`() async throws {
        let options = ClientOptions(
            bootstrapServers: "127.0.0.1:1", requestTimeout: .milliseconds(100))
        let consumer = try await Consumer.open(topic: "t", options, logger: quiet)
        let asked = await kafkaError { () throws(KafkaError) in
            _ = try await consumer.watermarks()
        }
        #expect(asked?.code == .unreachable)
        await consumer.close()
        await consumer.close()
        let late = await kafkaError { () throws(KafkaError) in try await consumer.start(at: 0) }
        #expect(late?.code == .closed)
    }

    @Test
    func `Statistics tell round trips and lag`() async throws {
        try await withCluster { cluster in
            var options = cluster.options
            options.statisticsInterval = .milliseconds(50)
            try await withProducer(options) { producer in
                _ = try await producer.send(messages(0..<10), to: "t")
                let deadline = ContinuousClock.now + .seconds(20)
                var brokers: [Statistics.Broker] = []
                while brokers.isEmpty, ContinuousClock.now < deadline {
                    brokers = await producer.statistics()?.brokers ?? []
                    await Task.yield()
                }
                #expect(brokers.first?.state == "UP")
            }
        }
    }
}
