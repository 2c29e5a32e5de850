import Projection
import Saga
import Synchronization

/// Tells who waits for a transfer about every durable commit that holds an entry of it.
final class TransferWatch: Sendable {
    private struct Watchers {
        var next: UInt64 = 0
        var bySaga: [CommandID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let watchers = Mutex(Watchers())

    /// An element at once, and one after each commit about `saga`; several that are not taken yet
    /// become one.
    func changes(of saga: CommandID) -> AsyncStream<Void> {
        let (changes, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = watchers.withLock { watchers in
            watchers.next += 1
            watchers.bySaga[saga, default: [:]][watchers.next] = continuation
            return watchers.next
        }
        continuation.onTermination = { [weak self] _ in self?.forget(number, of: saga) }
        continuation.yield()
        return changes
    }

    private func forget(_ number: UInt64, of saga: CommandID) {
        watchers.withLock { watchers in
            watchers.bySaga[saga]?[number] = nil
            if watchers.bySaga[saga]?.isEmpty == true { watchers.bySaga[saga] = nil }
        }
    }

    func announce<Fact>(_ batch: CommittedBatch<Fact>) {
        let continuations = watchers.withLock { watchers in
            guard !watchers.bySaga.isEmpty else { return [AsyncStream<Void>.Continuation]() }
            return batch.events.compactMap(\.saga).flatMap { saga in
                watchers.bySaga[saga].map { Array($0.values) } ?? []
            }
        }
        for continuation in continuations { continuation.yield() }
    }
}
