import CLibrdkafka
import MockKafka
import RDKafka
import TestTags
import Testing

@Suite(.tags(.kafka)) struct ProducerTests {
    /// What a broker may answer and Kafka's clients try again.
    static let passing = [
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT,
    ]

    @Test(arguments: 1...6)
    func `Messages arrive once and in order, however many requests fail before`(
        failures: Int
    ) async throws {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                #expect(try await producer.open(topic: "t") == 1)
                cluster.fail(
                    .produce, with: (0..<failures).map { Self.passing[$0 % Self.passing.count] })
                for batch in 0..<3 {
                    let sent = messages((batch * 100)..<(batch * 100 + 100))
                    let deliveries = try await producer.send(sent, to: "t")
                    #expect(deliveries.allSatisfy { $0.persistence == .yes })
                }
                let found = try await contents(of: "t", cluster.options)
                #expect(found.map(text) == (0..<300).map(String.init))
            }
        }
    }

    @Test
    func `Each message has its own ticket, in the order of sending`() async throws {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                let first = try await producer.send(messages(0..<3), to: "t")
                let second = try await producer.send(messages(3..<5), to: "t")
                #expect((first + second).map(\.ticket) == [0, 1, 2, 3, 4])
                #expect((first + second).map(\.offset) == [0, 1, 2, 3, 4])
                #expect((first + second).allSatisfy { $0.error == nil })
            }
        }
    }

    @Test
    func `A batch larger than the bound goes in parts, and others wait in line`() async throws {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                let count = Producer.messagesMax * 2 + 7
                async let large = producer.send(messages(0..<count), to: "t")
                async let small = producer.send([message("small")], to: "t")
                let deliveries = try await (large, small)
                #expect(deliveries.1.allSatisfy { $0.error == nil })
                let offsets = deliveries.0.compactMap(\.offset)
                #expect(offsets == offsets.sorted() && offsets.count == count)
            }
        }
    }

    @Test
    func `Messages follow their partition's leader`() async throws {
        try await withCluster(brokers: 3) { cluster in
            try await withProducer(cluster.options) { producer in
                for (round, broker) in [1, 2, 3, 1].enumerated() {
                    cluster.moveLeader(of: "t", to: broker)
                    let sent = messages((round * 10)..<(round * 10 + 10))
                    let deliveries = try await producer.send(sent, to: "t")
                    #expect(deliveries.allSatisfy { $0.error == nil })
                }
                let found = try await contents(of: "t", cluster.options)
                #expect(found.map(text) == (0..<40).map(String.init))
            }
        }
    }

    @Test
    func `A message that would leave a gap is fatal, and says so`() async throws {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                _ = try await producer.send(messages(0..<3), to: "t")
                cluster.fail(.produce, with: [RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION])
                let deliveries = try await producer.send(messages(3..<6), to: "t")
                #expect(deliveries.allSatisfy { $0.error != nil && $0.offset == nil })
                // The report of a message may come before the producer's own.
                await producer.purge()
                let error = await kafkaError { () throws(KafkaError) in
                    _ = try await producer.send(messages(6..<7), to: "t")
                }
                #expect(error?.code == .fatal)
                #expect(error?.name == "_GAPLESS_GUARANTEE")
            }
        }
    }

    @Test
    func `A topic that does not exist is missing`() async throws {
        try await withCluster { cluster in
            cluster.fail(topic: "nobody", with: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            try await withProducer(cluster.options) { producer in
                let error = await kafkaError { () throws(KafkaError) in
                    _ = try await producer.open(topic: "nobody")
                }
                #expect(error?.code == .topicMissing)
            }
        }
    }

    @Test
    func `A message that no broker takes is refused before any of its batch is sent`()
        async throws
    {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                let large = KafkaMessage(
                    key: nil, value: Array(repeating: 7, count: Producer.messageBytesMax))
                let error = await kafkaError { () throws(KafkaError) in
                    _ = try await producer.send([message("small"), large], to: "t")
                }
                #expect(error?.code == .messageTooLarge)
                let held = try await contents(of: "t", cluster.options)
                #expect(held.isEmpty)
                let full = KafkaMessage(key: nil, value: Array(repeating: 7, count: 1_000_000))
                let deliveries = try await producer.send([full], to: "t")
                #expect(deliveries.map(\.offset) == [0])
            }
        }
    }

    @Test
    func `Purging reports everything, also what is on its way`() async throws {
        try await withCluster { cluster in
            try await withProducer(cluster.options) { producer in
                _ = try await producer.open(topic: "t")
                cluster.setRoundTrip(milliseconds: 60_000)
                async let sent = producer.send(messages(0..<100), to: "t")
                while await producer.messagesOnTheirWay < 100 { await Task.yield() }
                await producer.purge()
                let deliveries = try await sent
                #expect(deliveries.count == 100)
                #expect(deliveries.allSatisfy { $0.error?.code == .purged })
            }
        }
    }

    @Test
    func `Closing ends with messages in flight and no broker there to accept them`() async throws {
        let options = ClientOptions(
            bootstrapServers: "127.0.0.1:1", requestTimeout: .milliseconds(200))
        let producer = try await Producer.open(options, logger: quiet)
        let error = await kafkaError { () throws(KafkaError) in
            _ = try await producer.open(topic: "t")
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("127.0.0.1:1") == true, "\(String(describing: error))")
        async let sent = producer.send(messages(0..<10), to: "t")
        while await producer.messagesOnTheirWay < 10 { await Task.yield() }
        await producer.close()
        await producer.close()
        let deliveries = try await sent
        #expect(deliveries.allSatisfy { $0.persistence == .no && $0.error?.code == .purged })
        let late = await kafkaError { () throws(KafkaError) in
            _ = try await producer.send(messages(0..<1), to: "t")
        }
        #expect(late?.code == .closed)
    }

    @Test(arguments: [
        ("no.such.setting", "1", "no.such.setting"), ("linger.ms", "soon", "linger.ms"),
        ("acks", "0", "acks"), ("enable.idempotence", "false", "enable.idempotence"),
    ])
    func `A setting that cannot be is named`(
        name: String, value: String, said: String
    ) async throws {
        let options = ClientOptions(
            bootstrapServers: "127.0.0.1:1", settings: [name: value])
        let error = await kafkaError { () throws(KafkaError) in
            _ = try await Producer.open(options, logger: quiet)
        }
        #expect(error?.code == .invalidSetting)
        #expect(error?.message.contains(said) == true)
    }
}
