import MessageBus
import Synchronization

/// A bus one topic of which takes short records only, as a broker does whose administrator says so.
final class NarrowBus: MessageBus {
    private let bus = InMemoryMessageBus()
    private let topic: String
    private let bytesMax: Int
    private let refused = Mutex(0)

    init(topic: String, bytesMax: Int) {
        self.topic = topic
        self.bytesMax = bytesMax
    }

    /// How many publications were refused.
    var refusals: Int { refused.withLock { $0 } }

    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        if topic == self.topic, records.contains(where: { $0.value.count > bytesMax }) {
            refused.withLock { $0 += 1 }
            throw BusError(.recordTooLarge, "a test wants it: \(topic)")
        }
        return try await bus.publish(records, to: topic)
    }

    func create(_ topics: [Topic]) async throws(BusError) { try await bus.create(topics) }

    func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        try await bus.records(in: topic, from: offset, recordsMax: recordsMax, wait: wait)
    }

    func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try await bus.offsets(of: topic)
    }

    func close() async { await bus.close() }
}
