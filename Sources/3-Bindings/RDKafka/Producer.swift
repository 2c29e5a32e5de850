import BlockingIO
import CLibrdkafka
public import Logging

/// Sends messages to partition 0 of topics, each once and in order: idempotent, acknowledged by
/// all in-sync replicas, gapless (`enable.gapless.guarantee`), without a delivery timeout.
///
/// Runs on its own thread. At most ``messagesMax`` messages of ``bytesMax`` bytes are on their way;
/// callers that send more wait in line. A message that cannot be delivered makes the producer
/// fatal: ``purge()`` it, ``close()`` it, and use another. Close it before letting go of it.
public actor Producer {
    /// Messages that may be on their way at a time.
    public static let messagesMax = 10_000
    /// Their keys, values and headers, together.
    public static let bytesMax = 64 << 20
    /// The most that a request holds for a topic, unless set otherwise: librdkafka's default.
    public static let batchBytesMax = 1_000_000

    private let thread: BlockingThread
    private var client: Client?
    private var room = Room(messagesMax: messagesMax, bytesMax: bytesMax)
    private var batches: [UInt64: Batch] = [:]
    private var ticketsGiven: UInt64 = 0
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    private var isClosing = false

    /// Why nothing can be sent any more; `nil` while all is well.
    public var fatalError: KafkaError? { client?.fatalError }
    /// How many connections were lost, refused or never made.
    public private(set) var connectionFailures = 0

    /// How many messages have got their outcome.
    public private(set) var deliveriesReported = 0

    /// Messages that have no outcome yet.
    public var messagesOnTheirWay: Int { batches.count }

    /// The producer's own thread: a call that blocks holds none of the shared ones.
    nonisolated public var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// - Throws: `.invalidSetting`, which names the setting. Brokers are not asked yet.
    ///
    /// - Parameters:
    ///   - options: The brokers, and settings of librdkafka.
    ///   - batchBytesMax: How many bytes of messages one request may have for a topic, where it has
    ///     more than one message; `nil`: what the options say, else ``batchBytesMax``.
    ///   - logger: Receives what librdkafka logs.
    public static func open(
        _ options: ClientOptions, batchBytesMax: Int? = nil, logger: Logger
    ) async throws(KafkaError) -> Producer {
        let producer = Producer()
        try await producer.start(options, batchBytesMax, logger)
        return producer
    }

    private init() { thread = BlockingThread(name: "kafka producer") }

    private func start(
        _ options: ClientOptions, _ batchBytesMax: Int?, _ logger: Logger
    ) throws(KafkaError) {
        var decided = [
            "enable.idempotence": "true", "acks": "all", "enable.gapless.guarantee": "true",
            "message.timeout.ms": "0",
        ]
        decided["batch.size"] = batchBytesMax.map(String.init)
        client = try Client(
            RD_KAFKA_PRODUCER, options, decided: decided,
            defaults: [
                // A batch is often a commit's: a short pause catches all of it in one request.
                "linger.ms": "1", "retry.backoff.ms": "50", "message.max.bytes": "1048576",
                "queue.buffering.max.messages": "\(Self.messagesMax * 2)",
                "topic.metadata.propagation.max.ms": "5000",
            ],
            logger: logger, wake: { self.wake() })
    }

    /// How many partitions a topic has; makes its handle ready, so that the first message to it
    /// does not wait. Its answer is the brokers', asked each time.
    ///
    /// - Throws: `.topicMissing`; `.unreachable`, `.tlsFailed`, `.authenticationFailed` — no answer
    ///   within the options' `requestTimeout`; `.closed`.
    public func open(topic: String) throws(KafkaError) -> Int {
        let client = try openClient()
        do throws(KafkaError) {
            return try client.partitionCount(of: topic)
        } catch {
            takeEvents()
            throw client.explanation(of: error)
        }
    }

    /// Sends `messages` in their order, and returns when the outcome of each is known.
    ///
    /// Messages of one call are not mixed with another's to the same topic, unless they need more
    /// room than there is. Does not end when the task is cancelled.
    ///
    /// - Returns: What became of each, in their order. After the first that failed, those behind it
    ///   have failed too.
    /// - Throws: `.messageTooLarge`, `.fatal`, `.closed` — nothing was sent.
    public func send(
        _ messages: [KafkaMessage], to topic: String
    ) async throws(KafkaError) -> [Delivery] {
        for message in messages where message.bytes > Self.messageBytesMax {
            throw KafkaError(
                .messageTooLarge,
                "a message of \(message.bytes) bytes is more than \(Self.messageBytesMax)")
        }
        var deliveries: [Delivery] = []
        var rest = messages[...]
        while !rest.isEmpty {
            let part = room.prefix(of: rest)
            await takeRoom(for: part)
            do throws(KafkaError) {
                let client = try openClient()
                if let fatalError { throw fatalError }
                if let failed = deliveries.last?.error { throw failed }
                deliveries += await outcomes(of: try enqueue(part, topic, client))
            } catch {
                giveBackRoom(messages: part.count, bytes: part.reduce(0) { $0 + $1.bytes })
                guard !deliveries.isEmpty else { throw error }
                return deliveries
                    + rest.map { _ in
                        Delivery(ticket: nextTicket(), offset: nil, persistence: .no, error: error)
                    }
            }
            rest = rest.dropFirst(part.count)
        }
        return deliveries
    }

    /// The size that fits into a batch of a broker with Kafka's defaults (`max.message.bytes`),
    /// beside the batch's header.
    public static let messageBytesMax = 1_048_000

    /// Takes back what has no outcome yet, in the queue and on its way, and returns when all of it
    /// was reported. What was on its way may still arrive.
    public func purge() async {
        guard let client else { return }
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        await flush()
    }

    /// Returns when nothing is on its way any more.
    public func flush() async {
        guard !batches.isEmpty else { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    /// The newest figures; `nil` before the first, or if the options ask for none.
    public func statistics() -> Statistics? { client?.statistics }

    /// Takes back what is on its way and gives the handle back. Needs no broker.
    public func close() async {
        isClosing = true
        await purge()
        guard let client else { return }
        self.client = nil
        client.close()
        for waiter in room.leave() { waiter.resume() }
    }
}

/// Sending.
extension Producer {
    private func openClient() throws(KafkaError) -> Client {
        guard let client, !isClosing else { throw .closed }
        return client
    }

    private func nextTicket() -> UInt64 {
        defer { ticketsGiven += 1 }
        return ticketsGiven
    }

    private func takeRoom(for part: ArraySlice<KafkaMessage>) async {
        let bytes = part.reduce(0) { $0 + $1.bytes }
        guard !room.take(messages: part.count, bytes: bytes) else { return }
        await withCheckedContinuation { room.wait(messages: part.count, bytes: bytes, $0) }
    }

    private func giveBackRoom(messages: Int, bytes: Int) {
        for waiter in room.giveBack(messages: messages, bytes: bytes) { waiter.resume() }
    }

    private func enqueue(
        _ part: ArraySlice<KafkaMessage>, _ topic: String, _ client: Client
    ) throws(KafkaError) -> Batch {
        let handle = try client.topic(topic)
        let batch = Batch(
            firstTicket: ticketsGiven, messages: part.count,
            bytes: part.reduce(0) { $0 + $1.bytes })
        ticketsGiven += UInt64(part.count)
        for ticket in batch.tickets { batches[ticket] = batch }
        var failed: KafkaError?
        for (ticket, message) in zip(batch.tickets, part) {
            if failed == nil { failed = message.produce(to: handle, ticket, client.pointer) }
            guard let failed else { continue }
            settle(Delivery(ticket: ticket, offset: nil, persistence: .no, error: failed))
        }
        return batch
    }

    private func outcomes(of batch: Batch) async -> [Delivery] {
        if batch.left > 0 { await withCheckedContinuation { batch.waiter = $0 } }
        return batch.deliveries.compactMap { $0 }
    }

    private func settle(_ delivery: Delivery) {
        guard let batch = batches.removeValue(forKey: delivery.ticket) else { return }
        deliveriesReported += 1
        batch.deliveries[Int(delivery.ticket - batch.firstTicket)] = delivery
        batch.left -= 1
        guard batch.left == 0 else { return }
        giveBackRoom(messages: batch.deliveries.count, bytes: batch.bytes)
        batch.waiter?.resume()
        guard batches.isEmpty else { return }
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters = []
    }
}

/// Events.
extension Producer {
    nonisolated private func wake() {
        thread.perform { self.assumeIsolated { $0.takeEvents() } }
    }

    private func takeEvents() {
        guard let client else { return }
        client.takeEvents { event in
            switch event {
            case .delivered(let message): settle(Delivery(message))
            case .failed(let error) where error.code == .fatal:
                // Nothing will be sent any more: callers that wait receive that now.
                rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE)
            case .failed: connectionFailures += 1
            }
        }
    }
}

/// The messages of one call, or a part of them, until the last of them is reported. Belongs to
/// the producer that made it.
private final class Batch {
    let firstTicket: UInt64
    let bytes: Int
    var deliveries: [Delivery?]
    var left: Int
    var waiter: CheckedContinuation<Void, Never>?

    var tickets: Range<UInt64> { firstTicket..<(firstTicket + UInt64(deliveries.count)) }

    init(firstTicket: UInt64, messages: Int, bytes: Int) {
        self.firstTicket = firstTicket
        self.bytes = bytes
        deliveries = Array(repeating: nil, count: messages)
        left = messages
    }
}

extension Delivery {
    fileprivate init(_ message: UnsafePointer<rd_kafka_message_t>) {
        let found = message.pointee
        ticket = UInt64(UInt(bitPattern: found._private))
        let failed = found.err != RD_KAFKA_RESP_ERR_NO_ERROR
        offset = failed ? nil : found.offset
        error = failed ? KafkaError(found.err) : nil
        persistence =
            switch rd_kafka_message_status(message) {
            case RD_KAFKA_MSG_STATUS_PERSISTED: .yes
            case RD_KAFKA_MSG_STATUS_NOT_PERSISTED: .no
            default: .perhaps
            }
    }
}
