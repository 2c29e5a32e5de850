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
    private let tooLarge = Mutex<[String: @Sendable (Record) -> Bool]>([:])
    private let beforeFailing: @Sendable () -> Void

    init(beforeFailing: @escaping @Sendable () -> Void = {}) {
        self.beforeFailing = beforeFailing
    }

    func fail(_ work: Work, with code: BusError.Code = .unavailable) {
        failing.withLock { $0[work] = code }
    }

    /// Records of that kind are too large for the topic; those before one are published.
    func refuse(in topic: String, _ isTooLarge: @escaping @Sendable (Record) -> Bool) {
        tooLarge.withLock { $0[topic] = isTooLarge }
    }

    func heal() {
        failing.withLock { $0 = [:] }
        tooLarge.withLock { $0 = [:] }
    }

    private func check(_ work: Work) throws(BusError) {
        guard let code = failing.withLock({ $0[work] }) else { return }
        beforeFailing()
        throw BusError(code, "a test wants it: \(work)")
    }

    func publish(_ records: [Record], to topic: String) async throws(BusError) -> Int64? {
        try check(.publishing(topic))
        let isTooLarge = tooLarge.withLock { $0[topic] }
        let place = records.firstIndex { isTooLarge?($0) ?? false }
        guard let place else { return try await bus.publish(records, to: topic) }
        _ = try await bus.publish(Array(records[..<place]), to: topic)
        throw BusError(.recordTooLarge, "a test wants it: \(topic)")
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
