import MessageBus
import Synchronization

/// A bus that fails where a test says.
final class SickBus: MessageBus {
    enum Work: Hashable {
        case publishing(String)
        case reading(String)
    }

    let bus = InMemoryMessageBus()
    private let failing = Mutex<[Work: BusError.Code]>([:])
    private let beforeFailing: @Sendable () -> Void

    init(beforeFailing: @escaping @Sendable () -> Void = {}) {
        self.beforeFailing = beforeFailing
    }

    func fail(_ work: Work, with code: BusError.Code = .unavailable) {
        failing.withLock { $0[work] = code }
    }

    func heal() { failing.withLock { $0 = [:] } }

    private func check(_ work: Work) throws(BusError) {
        guard let code = failing.withLock({ $0[work] }) else { return }
        beforeFailing()
        throw BusError(code, "a test wants it: \(work)")
    }

    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        try check(.publishing(topic))
        return try await bus.publish(records, to: topic)
    }

    func create(_ topics: [Topic]) async throws(BusError) { try await bus.create(topics) }

    func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        try check(.reading(topic))
        return try await bus.records(in: topic, from: offset, recordsMax: recordsMax, wait: wait)
    }

    func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try check(.reading(topic))
        return try await bus.offsets(of: topic)
    }

    func close() async { await bus.close() }
}
