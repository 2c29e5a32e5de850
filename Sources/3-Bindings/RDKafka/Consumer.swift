import BlockingIO
import CLibrdkafka
public import Logging

/// Reads partition 0 of one topic from a place of its owner's choosing: no group, no commits, no
/// offset reset.
///
/// Runs on its own thread, which sleeps until librdkafka has something. One caller at a time.
/// Close it before letting go of it. It reads at most 16 MiB of values ahead, and fetches more only
/// while fewer than 100 messages wait.
public actor Consumer {
    /// What was there, oldest first.
    public struct Fetched: Sendable {
        /// The messages by rising offset; empty where none came in time.
        public let messages: [FetchedMessage]
        /// The brokers say that nothing follows; more may have come since.
        public let reachedEnd: Bool
    }

    /// The topic whose partition 0 is read.
    public nonisolated let topic: String
    /// The offset of the next message; `nil` before ``start(at:)``, after ``stop()``, or an error.
    public private(set) var position: Int64?

    private let thread: BlockingThread
    private var client: Client?
    private var queue: MessageQueue?
    private var connectionError: KafkaError?
    private var readError: KafkaError?
    private var wakeups = 0
    private var waiter: CheckedContinuation<Void, Never>?

    /// The consumer's own thread: a call that blocks holds none of the shared ones.
    nonisolated public var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// - Throws: `.invalidSetting`, which names the setting. Brokers are not asked yet.
    public static func open(
        topic: String, _ options: ClientOptions, logger: Logger
    ) async throws(KafkaError) -> Consumer {
        let consumer = Consumer(topic)
        try await consumer.open(options, logger)
        return consumer
    }

    private init(_ topic: String) {
        self.topic = topic
        thread = BlockingThread(name: "kafka consumer")
    }

    private func open(_ options: ClientOptions, _ logger: Logger) throws(KafkaError) {
        let client = try Client(
            RD_KAFKA_CONSUMER, options,
            decided: [
                "auto.offset.reset": "error", "enable.auto.commit": "false",
                "enable.partition.eof": "true",
            ],
            defaults: [
                // A broker answers one fetch at a time, so a reader that goes elsewhere waits for
                // the one that is out.
                "fetch.wait.max.ms": "100", "fetch.error.backoff.ms": "50",
                // A broker that is frozen answers no fetch, and says so nowhere else.
                "socket.timeout.ms": "10000",
                // It counts values only, so a stranger's keys and headers are bounded by the
                // number of messages; a fetch brings more of them where they are small.
                "queued.max.messages.kbytes": "16384", "queued.min.messages": "100",
                // Some brokers ignore the limits of a fetch.
                "receive.message.max.bytes": "1000000000",
            ],
            logger: logger, wake: { self.wake() })
        self.client = client
        queue = MessageQueue(of: client) { self.wake() }
    }

    /// How many partitions the topic has. Blocks this consumer for up to `requestTimeout`.
    ///
    /// - Throws: `.topicMissing`; `.unreachable`, `.tlsFailed`, `.authenticationFailed` — no
    ///   answer; `.closed`.
    public func partitionCount() throws(KafkaError) -> Int {
        let (client, _) = try open()
        return try explaining(client) { () throws(KafkaError) in
            try client.partitionCount(of: topic)
        }
    }

    /// The first offset held and the one after the last, as the broker says now. Blocks this
    /// consumer for up to `requestTimeout`.
    ///
    /// - Throws: As ``partitionCount()``.
    public func watermarks() throws(KafkaError) -> Range<Int64> {
        let (client, _) = try open()
        return try explaining(client) { () throws(KafkaError) in
            try client.watermarks(of: topic)
        }
    }

    /// Reads on at `offset`; what was read ahead elsewhere is dropped.
    public func start(at offset: Int64) throws(KafkaError) {
        let (client, queue) = try open()
        stop()
        // What happened to connections before is not this reading's.
        takeEvents(of: client)
        connectionError = nil
        try queue.start(client.topic(topic), at: offset)
        readError = nil
        position = offset
    }

    /// Reads nothing ahead any more, until it is started again.
    public func stop() {
        guard let client, position != nil, let handle = try? client.topic(topic) else { return }
        rd_kafka_consume_stop(handle, 0)
        position = nil
    }

    /// The next messages, at most `messagesMax`. Waits for the first until `deadline`, or until the
    /// end is reached where `stopsAtEnd`; a cancelled task stops waiting.
    ///
    /// - Throws: `.offsetOutOfRange`, `.topicMissing`; `.unreachable` — the connection was lost, so
    ///   the topic that comes back may be another one: look, then start again; `.closed`. It is
    ///   stopped then.
    public func messages(
        atMost messagesMax: Int, until deadline: ContinuousClock.Instant, stopsAtEnd: Bool = false
    ) async throws(KafkaError) -> Fetched {
        while true {
            let seen = wakeups
            let (client, queue) = try open()
            guard position != nil else {
                throw KafkaError(.refused, "the consumer was not started")
            }
            let fetched = take(atMost: messagesMax, from: queue)
            takeEvents(of: client)
            if fetched.messages.isEmpty, let error = readError ?? connectionError {
                stop()
                throw error
            }
            guard fetched.messages.isEmpty, !(stopsAtEnd && fetched.reachedEnd),
                ContinuousClock.now < deadline, !Task.isCancelled
            else { return fetched }
            await pause(after: seen, until: deadline)
        }
    }

    /// The newest figures; `nil` before the first, or if the options ask for none.
    public func statistics() -> Statistics? { client?.statistics }

    /// Gives the handle back. Needs no broker. A caller that waits for messages gets `.closed`.
    public func close() {
        guard let client, let queue else { return }
        stop()
        self.client = nil
        self.queue = nil
        queue.close()
        client.close()
        wakeWaiter()
    }
}

/// Reading.
extension Consumer {
    private func open() throws(KafkaError) -> (Client, MessageQueue) {
        guard let client, let queue else { throw .closed }
        return (client, queue)
    }

    private func explaining<Answer>(
        _ client: Client, _ ask: () throws(KafkaError) -> Answer
    ) throws(KafkaError) -> Answer {
        do throws(KafkaError) {
            return try ask()
        } catch {
            takeEvents(of: client)
            throw client.explanation(of: error)
        }
    }

    private func take(atMost messagesMax: Int, from queue: MessageQueue) -> Fetched {
        var messages: [FetchedMessage] = []
        var reachedEnd = false
        do throws(KafkaError) {
            try queue.take(atMost: messagesMax) { found in
                switch found.pointee.err {
                case RD_KAFKA_RESP_ERR_NO_ERROR:
                    messages.append(FetchedMessage(found))
                    position = found.pointee.offset + 1
                    reachedEnd = false
                case RD_KAFKA_RESP_ERR__PARTITION_EOF: reachedEnd = true
                case let error:
                    let text = rd_kafka_message_errstr(found).map { String(cString: $0) }
                    readError = KafkaError(error, text)
                }
            }
        } catch {
            readError = error
        }
        return Fetched(messages: messages, reachedEnd: reachedEnd)
    }

    private func takeEvents(of client: Client) {
        client.takeEvents { event in
            if case .failed(let error) = event { connectionError = error }
        }
    }
}

/// Waiting.
extension Consumer {
    nonisolated private func wake() {
        thread.perform {
            self.assumeIsolated { consumer in
                consumer.wakeWaiter()
                // Done also when no reader waits: log lines must not pile up until one does.
                if let client = consumer.client { consumer.takeEvents(of: client) }
            }
        }
    }

    private func wakeWaiter() {
        wakeups += 1
        waiter?.resume()
        waiter = nil
    }

    /// Returns at the first wake-up after `seen`, at `deadline`, or when the task is cancelled.
    private func pause(after seen: Int, until deadline: ContinuousClock.Instant) async {
        precondition(waiter == nil, "a consumer has one caller at a time")
        let alarm = Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            if !Task.isCancelled { wakeWaiter() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A task is marked cancelled before its handler runs, so either the mark is seen
                // here or the handler, which runs on this thread later, finds the waiter.
                guard wakeups == seen, !Task.isCancelled else { return continuation.resume() }
                waiter = continuation
            }
        } onCancel: {
            thread.perform { self.assumeIsolated { $0.wakeWaiter() } }
        }
        alarm.cancel()
    }
}
