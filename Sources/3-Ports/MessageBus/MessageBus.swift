/// Topics of records between nodes, with Kafka's contract: one partition, offsets in the order of
/// publishing, readers that keep their own place, delivery at least once.
///
/// One contract for every bus; `MessageBusContract` in the tests runs against each of them.
public protocol MessageBus: Sendable {
    /// Makes the topics that are missing; leaves those that exist as they are.
    ///
    /// Several processes may do this at the same time; each topic is made once.
    func create(_ topics: [Topic]) async throws(BusError)

    /// Publishes `records` to one topic, in order and without gaps.
    ///
    /// A cancelled task publishes all the same: its caller still wants to know the outcome.
    ///
    /// - Returns: When all of them are acknowledged, and so durable where the bus is: the offset of
    ///   the last one. `nil` where there was none, or where the bus does not know it.
    /// - Throws: Any error leaves the outcome open: a prefix of the records may be in the topic.
    @discardableResult
    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64?

    /// The records at `offset` and after it, oldest first, at most `recordsMax` (1 or more) and as
    /// many as ``BusReading/bytesMax`` allows, but one if there is any.
    ///
    /// Waits up to `wait` for the first one, without polling; empty if there was none by then, or
    /// if the task was cancelled before.
    ///
    /// - Throws: `.offsetOutOfRange` — `offset` is before the topic's first record or after its
    ///   end: the topic was emptied, or its old records have expired.
    func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord]

    /// Where the topic begins and ends: the first offset held and the one the next record gets.
    func offsets(of topic: String) async throws(BusError) -> Range<Int64>

    /// Gives back what the bus holds open. Waiting readers and every later call throw `.closed`.
    func close() async
}

/// The bounds of what is read of a topic at once: strangers who can write to it decide how large
/// its records are.
public enum BusReading {
    /// Records with their keys and headers, in bytes: 16 MiB.
    public static let bytesMax = 16 << 20
}

extension [DeliveredRecord] {
    /// As many from the first on as may be read at once.
    package func withinBytesMax() -> [DeliveredRecord] {
        var bytes = 0
        let count = prefix { delivered in
            bytes += delivered.record.byteCount
            return bytes <= BusReading.bytesMax
        }.count
        return Array(prefix(Swift.max(count, 1)))
    }
}
