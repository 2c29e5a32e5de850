import MessageBus
import RDKafka

/// Reads a topic as the bus's contract has it, with a consumer that no other reader uses meanwhile.
struct TopicReader {
    let consumer: Consumer
    let options: ClientOptions

    /// The messages at `offset` and after it, as many as are there; waits for the first one.
    func next(
        from offset: Int64, atMost messagesMax: Int, until deadline: ContinuousClock.Instant
    ) async throws -> [FetchedMessage] {
        if await consumer.position != offset { _ = try await goTo(offset) }
        return try await consumer.messages(atMost: messagesMax, until: deadline).messages
    }

    /// All messages from `offset` to the topic's end as it is now, without waiting for more; those
    /// after the bytes that may be read at once are left out.
    func look(
        from offset: Int64, atMost messagesMax: Int
    ) async throws -> [FetchedMessage] {
        var found: [FetchedMessage] = []
        var end: Int64
        if await consumer.position == offset {
            // What was read ahead may be newer than the end that Tansu tells, which is the first
            // offset of the last batch plus one.
            found = try await consumer.messages(atMost: messagesMax, until: .now).messages
            end = try await consumer.watermarks().upperBound
        } else {
            end = try await goTo(offset)
        }
        let deadline = ContinuousClock.now + options.requestTimeout
        while found.count < messagesMax, found.byteCount < BusReading.bytesMax,
            (found.last?.offset ?? offset - 1) + 1 < end
        {
            let more = try await consumer.messages(
                atMost: messagesMax - found.count, until: deadline, stopsAtEnd: true)
            found += more.messages
            guard !more.messages.isEmpty else {
                guard more.reachedEnd || Task.isCancelled else {
                    throw KafkaError(.unreachable, "the broker did not send what it holds in time")
                }
                // The topic was cut meanwhile.
                break
            }
        }
        // A reader that has reached the end does not come back for the next record at once.
        if found.count < messagesMax, found.byteCount < BusReading.bytesMax {
            await consumer.stop()
        }
        return found
    }

    /// The first offset held, and the one that the next record gets.
    ///
    /// The last batch is read for it: a broker's word for the end may be too low (Tansu), and on
    /// Kafka the reading agrees with it or is newer.
    func exactOffsets() async throws -> Range<Int64> {
        let partitions = try await consumer.partitionCount()
        guard partitions == 1 else { throw BusError.partitions(partitions, of: consumer.topic) }
        let held = try await consumer.watermarks()
        guard !held.isEmpty else { return held }
        try await consumer.start(at: held.upperBound - 1)
        let last = try await consumer.messages(
            atMost: 10_000, until: .now + options.requestTimeout, stopsAtEnd: true)
        await consumer.stop()
        return held.lowerBound..<max(held.upperBound, (last.messages.last?.offset ?? -1) + 1)
    }

    /// - Returns: The topic's end.
    private func goTo(_ offset: Int64) async throws -> Int64 {
        let held = try await exactOffsets()
        guard (held.lowerBound...held.upperBound).contains(offset) else {
            throw BusError.offsetOutOfRange(offset, in: consumer.topic, holding: held)
        }
        try await consumer.start(at: offset)
        return held.upperBound
    }
}

extension [FetchedMessage] {
    /// The bytes of keys, headers and values, and some for the framing.
    fileprivate var byteCount: Int { reduce(0) { $0 + $1.message.bytes } }
}
