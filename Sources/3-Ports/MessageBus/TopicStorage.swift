/// The topics of a bus as a value: no lock, no waiting, no clock.
///
/// ``InMemoryMessageBus`` waits and locks around it; a simulator calls it as it is. Retention is
/// not applied by itself: ``removeRecords(before:in:)`` does it by hand.
public struct TopicStorage: Sendable {
    private struct Contents {
        var firstOffset: Int64 = 0
        var records: [Record] = []

        var offsets: Range<Int64> { firstOffset..<(firstOffset + Int64(records.count)) }
    }

    private var topics: [String: Contents] = [:]

    /// Starts without topics.
    public init() {}

    /// Makes the topics that are missing; leaves those that exist as they are.
    public mutating func create(_ topics: [Topic]) {
        for topic in topics where self.topics[topic.name] == nil {
            self.topics[topic.name] = Contents()
        }
    }

    /// Appends `records` as one batch.
    ///
    /// - Returns: The offsets that the records got, in their order.
    /// - Throws: `.topicMissing`; nothing has changed.
    @discardableResult
    public mutating func publish(
        _ records: [Record], to topic: String
    ) throws(BusError) -> Range<Int64> {
        let end = try offsets(of: topic).upperBound
        topics[topic]?.records.append(contentsOf: records)
        return end..<(end + Int64(records.count))
    }

    /// As ``MessageBus/records(in:from:recordsMax:wait:)``, without waiting.
    public func records(
        in topic: String, from offset: Int64, recordsMax: Int
    ) throws(BusError) -> [DeliveredRecord] {
        precondition(recordsMax > 0, "a reader must have room for one record")
        let contents = try contents(of: topic)
        let offsets = contents.offsets
        guard (offsets.lowerBound...offsets.upperBound).contains(offset) else {
            throw .offsetOutOfRange(offset, in: topic, holding: offsets)
        }
        let skipped = Int(offset - contents.firstOffset)
        let records = contents.records[skipped...].prefix(recordsMax).enumerated()
        return records.map { index, record in
            DeliveredRecord(offset: offset + Int64(index), record: record)
        }.withinBytesMax()
    }

    /// As ``MessageBus/offsets(of:)``.
    public func offsets(of topic: String) throws(BusError) -> Range<Int64> {
        try contents(of: topic).offsets
    }

    private func contents(of topic: String) throws(BusError) -> Contents {
        guard let contents = topics[topic] else { throw .topicMissing(topic) }
        return contents
    }
}

/// What can happen to a broker.
extension TopicStorage {
    /// The broker was wiped: the topics exist, their offsets start at 0 again.
    public mutating func empty() {
        topics = topics.mapValues { _ in Contents() }
    }

    /// One topic was wiped; nothing happens to one that does not exist.
    public mutating func empty(topic: String) {
        guard topics[topic] != nil else { return }
        topics[topic] = Contents()
    }

    /// The broker died before it had written its newest records: the next ones get their offsets.
    public mutating func removeNewest(_ count: Int, in topic: String) {
        guard let held = topics[topic]?.records.count else { return }
        topics[topic]?.records.removeLast(min(count, held))
    }

    /// Expires the records before `offset`; offsets continue where they were.
    public mutating func removeRecords(before offset: Int64, in topic: String) {
        guard var contents = topics[topic] else { return }
        let removed = min(max(offset - contents.firstOffset, 0), Int64(contents.records.count))
        contents.records.removeFirst(Int(removed))
        contents.firstOffset += removed
        topics[topic] = contents
    }
}
