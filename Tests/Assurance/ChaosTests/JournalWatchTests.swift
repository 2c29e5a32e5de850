import Chain
import MessageBus
import Saga
import TestKit
import Testing

@testable import Chaos

/// The journals are read by two tasks: one follows them, one judges.
struct JournalWatchTests {
    /// A bus that does not answer before it is released.
    private actor SlowBus: MessageBus {
        private(set) var isAsked = false
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var isReleased = false

        func release() {
            isReleased = true
            for continuation in waiting { continuation.resume() }
            waiting = []
        }

        func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
            isAsked = true
            if !isReleased { await withCheckedContinuation { waiting.append($0) } }
            return 0..<0
        }

        func records(
            in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
        ) async throws(BusError) -> [DeliveredRecord] { [] }

        func publish(
            _ records: [Record], to topic: String
        ) async throws(BusError) -> Int64? { nil }

        func create(_ topics: [Topic]) async throws(BusError) {}

        func close() async {}
    }

    @Test("While one task reads a journal, the other finds neither right nor wrong")
    func readByAnother() async throws {
        let name = try #require(NodeName("bank-a"))
        let log = BankLog(name, key: SigningKey().publicKey)
        let bus = SlowBus()
        let journals = Journals(["bank-a"], bus, progress: { _ in })
        async let missing = journals.missing(of: "bank-a", entries: 0)
        try await eventually { await bus.isAsked ? true : nil }
        #expect(await journals.compare(log) == nil)
        await bus.release()
        #expect(await missing == [])
        #expect(await journals.compare(log) == [])
    }
}
