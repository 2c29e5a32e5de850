import MessageBus
import Synchronization

/// A bus that holds all publishing to one topic for a while.
final class HeldBus: MessageBus {
    private struct State {
        var topic: String?
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let bus = InMemoryMessageBus()
    private let state = Mutex(State())

    /// Who publishes to `topic` waits from now on.
    func hold(_ topic: String) { state.withLock { $0.topic = topic } }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func letGo() {
        let waiting = state.withLock { state in
            defer { state = State() }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                guard state.topic == topic else { return false }
                state.waiting.append(continuation)
                return true
            }
            if !isHeld { continuation.resume() }
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
