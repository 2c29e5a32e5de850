public import Logging
public import MessageBus
import RDKafka

/// A bus on Kafka: records go to partition 0 of their topic and come back from there.
///
/// One producer for all topics, and a consumer for each reader at work; a reader that comes back
/// for the next offset finds its consumer where it left it. Durable as far as the topic's
/// `min.insync.replicas` reach. Batches of different processes may be mixed; those of one bus are
/// not, up to `Producer.messagesMax` records. Call ``close()`` before letting go of a bus.
public actor KafkaMessageBus: MessageBus {
    /// The producer in use, and what is known while it is.
    private struct Publisher {
        let producer: Producer
        /// Topics that were found to be as they must be, since connections last failed.
        var checkedTopics: Set<String> = []
        var failuresSeen = 0
        /// Publishes at work with it.
        var users = 0
    }

    /// Consumers kept for a topic between reads.
    private static let idlePerTopicMax = 2

    let options: KafkaOptions
    let admin: Admin
    private let logger: Logger
    private var publisher: Publisher?
    private var idle: [String: [Consumer]] = [:]
    private var busy: [ObjectIdentifier: Consumer] = [:]
    private var isClosed = false

    /// Opens the bus. Brokers are not asked yet: that they cannot be reached shows at first use.
    ///
    /// - Throws: `.invalidSetting` — librdkafka does not take one of the settings; the message says
    ///   which.
    public static func open(
        _ options: KafkaOptions, logger: Logger
    ) async throws(BusError) -> KafkaMessageBus {
        do throws(KafkaError) {
            let admin = try await Admin.open(options.client, logger: logger)
            return KafkaMessageBus(options, admin: admin, logger: logger)
        } catch {
            throw BusError(error)
        }
    }

    private init(_ options: KafkaOptions, admin: Admin, logger: Logger) {
        self.options = options
        self.admin = admin
        self.logger = logger
    }

    /// - Throws: `.topicDiffers` — the topic has more than one partition; `.topicMissing`;
    ///   `.closed`; `.unavailable` — anything else. The outcome is open then: the producer is given
    ///   up, and the next publish has a new one.
    @discardableResult public func publish(
        _ records: [Record], to topic: String
    ) async throws(BusError) -> Int64? {
        guard Topic.isName(topic) else { throw isClosed ? .closed : .noTopic(topic) }
        let messages = records.map(Message.init)
        for isLastTry in [false, true] {
            let producer = try await takeProducer()
            defer { leave(producer) }
            try await check(topic, with: producer)
            guard !messages.isEmpty else { return nil }
            let failed: FailedSend
            switch await send(messages, to: topic, with: producer) {
            case .success(let last): return last
            case .failure(let failure): failed = failure
            }
            await giveUp(producer)
            guard !isClosed else { throw .closed }
            // Another publish gave the producer up before anything of this one was sent.
            if failed.nothingWasWritten, failed.error.code == .closed, !isLastTry { continue }
            throw BusError(failed, publishingTo: topic)
        }
        preconditionFailure("the last try comes to an end")
    }

    public func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        precondition(recordsMax > 0, "a reader must have room for one record")
        return try await withReader(of: topic, at: offset) { reader in
            let messages = try await wait > .zero
                ? reader.next(from: offset, atMost: recordsMax, until: .now + wait)
                : reader.look(from: offset, atMost: recordsMax)
            return messages.map(DeliveredRecord.init)
        }
    }

    public func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try await withReader(of: topic, at: nil) { reader in
            try await reader.exactOffsets()
        }
    }

    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        let consumers = idle.values.flatMap { $0 } + busy.values
        idle = [:]
        if let producer = publisher?.producer {
            publisher = nil
            await producer.close()
        }
        for consumer in consumers { await consumer.close() }
        await admin.close()
    }
}

/// Publishing.
extension KafkaMessageBus {
    /// A producer to publish with; ``leave(_:)`` follows.
    ///
    /// One whose connections failed while nothing was on its way is replaced: a broker that lost
    /// its tail, or everything, refuses a producer that it knew, and with nothing on its way a new
    /// one cannot repeat anything.
    private func takeProducer() async throws(BusError) -> Producer {
        while true {
            guard !isClosed else { throw .closed }
            do throws(KafkaError) {
                let producer = try await currentProducer()
                let failures = await producer.connectionFailures
                guard var current = publisher, current.producer === producer else { continue }
                if failures != current.failuresSeen {
                    guard current.users > 0 else {
                        await giveUp(producer)
                        continue
                    }
                    // A topic that comes back after a lost connection may be another one.
                    current.checkedTopics = []
                }
                current.users += 1
                publisher = current
                return producer
            } catch {
                throw isClosed ? .closed : BusError(error)
            }
        }
    }

    private func leave(_ producer: Producer) {
        if publisher?.producer === producer { publisher?.users -= 1 }
    }

    private func check(_ topic: String, with producer: Producer) async throws(BusError) {
        guard publisher?.producer !== producer || publisher?.checkedTopics.contains(topic) != true
        else { return }
        do {
            let partitions = try await producer.open(topic: topic)
            guard partitions == 1 else { throw BusError.partitions(partitions, of: topic) }
            let failures = await producer.connectionFailures
            guard var current = publisher, current.producer === producer else { return }
            // A name may have several addresses, of which some never answer.
            if current.checkedTopics.isEmpty, current.users == 1 { current.failuresSeen = failures }
            current.checkedTopics.insert(topic)
            publisher = current
        } catch {
            throw isClosed ? .closed : BusError(error, at: topic)
        }
    }

    private func currentProducer() async throws(KafkaError) -> Producer {
        if let producer = publisher?.producer { return producer }
        let opened = try await Producer.open(options.client, logger: logger)
        // Another publish may have opened one meanwhile, or the bus was closed.
        guard !isClosed, publisher == nil else {
            await opened.close()
            guard let producer = publisher?.producer else {
                throw KafkaError(.closed, "the bus was closed")
            }
            return producer
        }
        publisher = Publisher(producer: opened)
        return opened
    }

    /// - Returns: When all of them are acknowledged, the offset of the last one: the broker does
    ///   not tell it for a record that it had already.
    private func send(
        _ messages: [Message], to topic: String, with producer: Producer
    ) async -> Result<Int64?, FailedSend> {
        let timeout = options.publishTimeout
        let alarm = Task {
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { await producer.purge() }
        }
        defer { alarm.cancel() }
        do throws(KafkaError) {
            let deliveries = try await producer.send(messages, to: topic)
            guard let error = deliveries.lazy.compactMap(\.error).first else {
                return .success(deliveries.last?.offset)
            }
            let fatal = await producer.fatalError
            return .failure(FailedSend(
                error: fatal ?? error,
                nothingWasWritten: deliveries.allSatisfy { $0.persistence == .no }))
        } catch {
            return .failure(FailedSend(error: error, nothingWasWritten: true))
        }
    }

    /// Another publish may be on its way with the same producer: it fails too, and says so.
    private func giveUp(_ producer: Producer) async {
        if publisher?.producer === producer { publisher = nil }
        await producer.close()
    }
}

/// Readers.
extension KafkaMessageBus {
    /// Runs `body` with a consumer of the topic that nobody else uses meanwhile; one that failed is
    /// not used again.
    private func withReader<Answer: Sendable>(
        of topic: String, at offset: Int64?,
        _ body: @Sendable (TopicReader) async throws -> Answer
    ) async throws(BusError) -> Answer {
        guard !isClosed else { throw .closed }
        guard Topic.isName(topic) else { throw .noTopic(topic) }
        let consumer: Consumer
        do throws(KafkaError) {
            consumer = try await takeConsumer(of: topic, at: offset)
        } catch {
            throw BusError(error)
        }
        busy[ObjectIdentifier(consumer)] = consumer
        do {
            guard !isClosed else { throw KafkaError(.closed, "the bus was closed") }
            let answer = try await body(TopicReader(consumer: consumer, options: options.client))
            guard !isClosed else { throw KafkaError(.closed, "the bus was closed") }
            busy[ObjectIdentifier(consumer)] = nil
            await giveBack(consumer)
            return answer
        } catch {
            busy[ObjectIdentifier(consumer)] = nil
            await consumer.close()
            throw isClosed ? .closed : BusError(error, at: topic)
        }
    }

    private func takeConsumer(
        of topic: String, at offset: Int64?
    ) async throws(KafkaError) -> Consumer {
        // What has been read ahead at a reader's place is on its way to whoever comes back for it:
        // a consumer that stands elsewhere is only taken where there is no room for another.
        for place in [offset, nil] {
            for consumer in idle[topic] ?? [] where await consumer.position == place {
                // Somebody else may have taken it meanwhile.
                guard let index = idle[topic]?.firstIndex(where: { $0 === consumer }) else {
                    continue
                }
                return idle[topic]?.remove(at: index) ?? consumer
            }
        }
        if idle[topic, default: []].count >= Self.idlePerTopicMax, let oldest = idle[topic]?.first {
            idle[topic]?.removeFirst()
            return oldest
        }
        return try await Consumer.open(topic: topic, options.client, logger: logger)
    }

    private func giveBack(_ consumer: Consumer) async {
        guard !isClosed, idle[consumer.topic, default: []].count < Self.idlePerTopicMax else {
            return await consumer.close()
        }
        idle[consumer.topic, default: []].append(consumer)
    }
}
