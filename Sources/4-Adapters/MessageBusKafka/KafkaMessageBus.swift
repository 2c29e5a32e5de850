public import Logging
public import MessageBus
import RDKafka

/// A bus on Kafka: records go to partition 0 of their topic and come back from there.
///
/// A producer for each topic that is published to, since one that fails gives up all that it has on
/// its way; and a consumer for each reader at work: a reader that comes back for the next offset
/// finds its consumer where it left it. Durable as far as the topic's
/// `min.insync.replicas` reach. Batches of different processes may be mixed; those of one bus are
/// not, up to `Producer.messagesMax` records. Call ``close()`` before letting go of a bus.
public actor KafkaMessageBus: MessageBus {
    /// The producer that a topic has, and what is known while it has it.
    struct Publisher {
        let producer: Producer
        /// Whether the topic was found to be as it must be, since connections last failed.
        var isChecked = false
        var failuresSeen = 0
        /// Publishes at work with it.
        var users = 0
    }

    /// Consumers kept for a topic between reads.
    private static let idlePerTopicMax = 2

    let options: KafkaOptions
    let admin: Admin
    let logger: Logger
    /// By topic.
    var publishers: [String: Publisher] = [:]
    /// By topic, how large a batch may be since one was refused; librdkafka's default elsewhere.
    var batchBytesMax: [String: Int] = [:]
    private var idle: [String: [Consumer]] = [:]
    private var busy: [ObjectIdentifier: Consumer] = [:]
    private(set) var isClosed = false

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

    /// As `MessageBus.records(in:from:recordsMax:wait:)`; a broker's errors are thrown as
    /// `BusError`.
    public func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        precondition(recordsMax > 0, "a reader must have room for one record")
        return try await withReader(of: topic, at: offset) { reader in
            let messages =
                try await wait > .zero
                ? reader.next(from: offset, atMost: recordsMax, until: .now + wait)
                : reader.look(from: offset, atMost: recordsMax)
            // What is left out is fetched again: the next call names its offset.
            return messages.map(DeliveredRecord.init).withinBytesMax()
        }
    }

    /// As `MessageBus.offsets(of:)`, as a broker says now.
    public func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try await withReader(of: topic, at: nil) { reader in
            try await reader.exactOffsets()
        }
    }

    func attempt(_ right: KafkaRight, _ topic: String) -> KafkaAttempt {
        KafkaAttempt(right: right, topic: topic, client: options.client)
    }

    /// Gives up what is being published, its outcome open, and closes every handle. Needs no
    /// broker.
    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        let consumers = idle.values.flatMap { $0 } + busy.values
        idle = [:]
        let producers = publishers.values.map(\.producer)
        publishers = [:]
        for producer in producers { await producer.close() }
        for consumer in consumers { await consumer.close() }
        await admin.close()
    }
}

/// Readers.
extension KafkaMessageBus {
    /// Runs `body` with a consumer of the topic that no other call uses meanwhile; one that failed
    /// is not used again.
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
            throw isClosed ? .closed : BusError(error, at: attempt(.read, topic))
        }
    }

    private func takeConsumer(
        of topic: String, at offset: Int64?
    ) async throws(KafkaError) -> Consumer {
        // What has been read ahead at a reader's place is on its way to the reader that comes back:
        // a consumer that stands elsewhere is only taken where there is no room for another.
        for place in [offset, nil] {
            for consumer in idle[topic] ?? [] where await consumer.position == place {
                // Another reader may have taken it meanwhile.
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
