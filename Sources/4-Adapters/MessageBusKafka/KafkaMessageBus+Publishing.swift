import Logging
public import MessageBus
import RDKafka

/// Publishing.
extension KafkaMessageBus {
    /// - Throws: `.topicDiffers` — the topic has more than one partition; `.topicMissing`;
    ///   `.notAuthorized`; `.recordTooLarge` — the topic accepts no record of that size; `.closed`;
    ///   `.unavailable` — anything else. The outcome is open then: the producer is given up, and
    ///   the next publish has a new one.
    @discardableResult public func publish(
        _ records: [Record], to topic: String
    ) async throws(BusError) -> Int64? {
        guard Topic.isName(topic) else { throw isClosed ? .closed : .noTopic(topic) }
        var messages = records.map(KafkaMessage.init)[...]
        var isSecondTry = false
        while true {
            let producer = try await takeProducer(of: topic)
            defer { leave(producer, of: topic) }
            try await check(topic, with: producer)
            guard !messages.isEmpty else { return nil }
            let silence = PublishSilence(topic)
            let failed: FailedSend
            switch await send(Array(messages), to: topic, with: producer, silence) {
            case .success(let last):
                silence.end(logger)
                return last
            case .failure(let failure): failed = failure
            }
            await giveUp(producer, of: topic)
            guard !isClosed else { throw .closed }
            // Another publish gave the producer up before anything of this one was sent.
            if failed.nothingWasWritten, failed.error.code == .closed, !isSecondTry {
                isSecondTry = true
                continue
            }
            guard let written = failed.writtenBeforeRefusedBatch, shrinkBatches(topic) else {
                throw BusError(failed, publishing: attempt(.write, topic), silence.reason)
            }
            messages = messages.dropFirst(written)
        }
    }

    /// After a batch was larger than a topic accepts, though its records need not be: the limit
    /// (`max.message.bytes`) is on batches, and retries make them larger.
    ///
    /// - Returns: `false` if every record is sent alone already.
    private func shrinkBatches(_ topic: String) -> Bool {
        guard batchBytesMax[topic] != 1 else { return false }
        let smaller = (batchBytesMax[topic] ?? Producer.batchBytesMax) / 4
        let bytesMax = smaller < 4_096 ? 1 : smaller
        batchBytesMax[topic] = bytesMax
        logger.warning(
            """
            a batch is larger than the topic's max.message.bytes; publishing in smaller batches: \
            compare it with `giro topics diff`
            """,
            metadata: ["topic": "\(topic)", "batch.size": "\(bytesMax)"])
        return true
    }

    /// A producer to publish to the topic with; ``leave(_:of:)`` follows.
    ///
    /// One whose connections failed while nothing was on its way is replaced: a broker that lost
    /// its tail, or everything, refuses a producer that it knew, and with nothing on its way a new
    /// one cannot repeat anything.
    private func takeProducer(of topic: String) async throws(BusError) -> Producer {
        while true {
            guard !isClosed else { throw .closed }
            do throws(KafkaError) {
                let producer = try await currentProducer(of: topic)
                let failures = await producer.connectionFailures
                guard var current = publishers[topic], current.producer === producer else {
                    continue
                }
                if failures != current.failuresSeen {
                    guard current.users > 0 else {
                        await giveUp(producer, of: topic)
                        continue
                    }
                    // A topic that comes back after a lost connection may be another one.
                    current.isChecked = false
                }
                current.users += 1
                publishers[topic] = current
                return producer
            } catch {
                throw isClosed ? .closed : BusError(error)
            }
        }
    }

    private func leave(_ producer: Producer, of topic: String) {
        if publishers[topic]?.producer === producer { publishers[topic]?.users -= 1 }
    }

    private func check(_ topic: String, with producer: Producer) async throws(BusError) {
        let known = publishers[topic]
        guard known?.producer !== producer || known?.isChecked != true else { return }
        do {
            let partitions = try await producer.open(topic: topic)
            guard partitions == 1 else { throw BusError.partitions(partitions, of: topic) }
            let failures = await producer.connectionFailures
            guard var current = publishers[topic], current.producer === producer else { return }
            // A name may have several addresses, of which some never answer.
            if !current.isChecked, current.users == 1 { current.failuresSeen = failures }
            current.isChecked = true
            publishers[topic] = current
        } catch {
            throw isClosed ? .closed : BusError(error, at: attempt(.write, topic))
        }
    }

    private func currentProducer(of topic: String) async throws(KafkaError) -> Producer {
        if let producer = publishers[topic]?.producer { return producer }
        let opened = try await Producer.open(
            options.client, batchBytesMax: batchBytesMax[topic], logger: logger)
        // Another publish may have opened one meanwhile, or the bus was closed.
        guard !isClosed, publishers[topic] == nil else {
            await opened.close()
            guard let producer = publishers[topic]?.producer else {
                throw KafkaError(.closed, "the bus was closed")
            }
            return producer
        }
        publishers[topic] = Publisher(producer: opened)
        return opened
    }

    /// - Returns: When all of them are acknowledged, the offset of the last one: the broker does
    ///   not tell it for a record that it had already.
    private func send(
        _ messages: [KafkaMessage], to topic: String, with producer: Producer,
        _ silence: PublishSilence
    ) async -> Result<Int64?, FailedSend> {
        let timeout = options.publishTimeout
        let alarm = Task {
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { await producer.purge() }
        }
        let watch = Task { [admin, logger] in await silence.watch(producer, admin, logger) }
        defer {
            alarm.cancel()
            watch.cancel()
        }
        do throws(KafkaError) {
            let deliveries = try await producer.send(messages, to: topic)
            guard let error = deliveries.lazy.compactMap(\.error).first else {
                return .success(deliveries.last?.offset)
            }
            let fatal = await producer.fatalError
            return .failure(FailedSend(error.saysMore ? error : fatal ?? error, deliveries))
        } catch {
            return .failure(FailedSend(error, []))
        }
    }

    /// Another publish to the topic may be on its way with the same producer: it fails too, and
    /// says so.
    private func giveUp(_ producer: Producer, of topic: String) async {
        if publishers[topic]?.producer === producer { publishers[topic] = nil }
        await producer.close()
    }
}

/// A publish that did not end with every record acknowledged.
struct FailedSend: Error {
    let error: KafkaError
    /// The broker said so of every record.
    let nothingWasWritten: Bool
    /// How many records were written before a batch that was too large; `nil` if something else
    /// failed, or it is not known of one of the others.
    let writtenBeforeRefusedBatch: Int?

    /// - Parameter deliveries: In the records' order; empty if nothing was sent.
    init(_ error: KafkaError, _ deliveries: [Delivery]) {
        self.error = error
        nothingWasWritten = deliveries.allSatisfy { $0.persistence == .no }
        let written = deliveries.prefix { $0.persistence == .yes }.count
        let isKnown = deliveries.dropFirst(written).allSatisfy { $0.persistence == .no }
        writtenBeforeRefusedBatch =
            error.code == .messageTooLarge && isKnown && !deliveries.isEmpty ? written : nil
    }
}

extension KafkaError {
    /// Names the cause, where the producer's own fatal error only tells its consequence.
    fileprivate var saysMore: Bool {
        [.messageTooLarge, .notAuthorized, .topicMissing, .notEnoughReplicas].contains(code)
    }
}
