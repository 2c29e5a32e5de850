import MessageBus
import Synchronization

/// One process's connection to a bus: its n-th publication to a topic waits until it is let go.
final class GatedBus: MessageBus {
    private struct State {
        var untilGate: Int
        var isOpen = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let bus: InMemoryMessageBus
    private let topic: String
    private let state: Mutex<State>

    init(_ bus: InMemoryMessageBus, topic: String, atPublication number: Int) {
        self.bus = bus
        self.topic = topic
        state = Mutex(State(untilGate: number))
    }

    var isWaiting: Bool { state.withLock { $0.waiting != nil } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting.take()
        }
        waiting?.resume()
    }

    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        if topic == self.topic { await pass() }
        return try await bus.publish(records, to: topic)
    }

    private func pass() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                state.untilGate -= 1
                guard state.untilGate == 0, !state.isOpen else { return false }
                state.waiting = continuation
                return true
            }
            if !isHeld { continuation.resume() }
        }
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

    func close() async {}
}
