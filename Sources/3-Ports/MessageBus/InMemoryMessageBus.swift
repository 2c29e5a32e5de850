import Synchronization

/// A bus in this process's memory, for tests: what it holds ends with it.
///
/// ``TopicStorage`` behind a lock, with readers that wait. Retention is not applied.
public final class InMemoryMessageBus: MessageBus {
    private struct State {
        var storage = TopicStorage()
        var isClosed = false

        mutating func openStorage<Answer>(
            _ use: (inout TopicStorage) throws(BusError) -> Answer
        ) throws(BusError) -> Answer {
            guard !isClosed else { throw .closed }
            return try use(&storage)
        }
    }

    private let state = Mutex(State())
    private let signals = TopicSignals()

    /// Starts without topics.
    public init() {}

    /// As ``MessageBus/create(_:)``; replicas and retention are not imitated.
    public func create(_ topics: [Topic]) async throws(BusError) {
        try withStorage { storage in storage.create(topics) }
    }

    /// As ``MessageBus/publish(_:to:)``, but all or nothing: the outcome is never open.
    public func publish(
        _ records: [Record], to topic: String
    ) async throws(BusError) -> Int64? {
        let offsets = try withStorage { storage throws(BusError) in
            try storage.publish(records, to: topic)
        }
        signals.raise(topic)
        return offsets.last
    }

    /// As ``MessageBus/records(in:from:recordsMax:wait:)``.
    public func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        try await signals.records(in: topic, wait: wait) { () throws(BusError) in
            try withStorage { storage throws(BusError) in
                try storage.records(in: topic, from: offset, recordsMax: recordsMax)
            }
        }
    }

    /// As ``MessageBus/offsets(of:)``.
    public func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try withStorage { storage throws(BusError) in try storage.offsets(of: topic) }
    }

    /// As ``MessageBus/close()``; what was published can no longer be read.
    public func close() async {
        state.withLock { $0.isClosed = true }
        signals.close()
    }

    private func withStorage<Answer: Sendable>(
        _ use: (inout TopicStorage) throws(BusError) -> Answer
    ) throws(BusError) -> Answer {
        try state.withLock { state throws(BusError) in try state.openStorage(use) }
    }
}

/// Faults that a test makes.
extension InMemoryMessageBus {
    /// The broker was wiped: the topics exist, their offsets start at 0 again. Waiting readers
    /// learn of it.
    public func empty() {
        state.withLock { $0.storage.empty() }
        signals.raiseAll()
    }

    /// One topic was wiped.
    public func empty(topic: String) {
        state.withLock { $0.storage.empty(topic: topic) }
        signals.raise(topic)
    }

    /// Loses the broker's newest records, without a signal to waiting readers.
    public func removeNewest(_ count: Int, in topic: String) {
        state.withLock { $0.storage.removeNewest(count, in: topic) }
    }

    /// The records before `offset` have expired.
    public func removeRecords(before offset: Int64, in topic: String) {
        state.withLock { $0.storage.removeRecords(before: offset, in: topic) }
        signals.raise(topic)
    }
}
