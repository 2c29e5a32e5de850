import EventLog
import Saga
import Synchronization

/// A log that tells who waits for a saga about every durable commit that holds an entry of it.
final class WatchedLog: EventLog {
    private struct Watchers {
        var next: UInt64 = 0
        var bySaga: [SagaID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let log: any EventLog
    private let watchers = Mutex(Watchers())

    init(_ log: any EventLog) {
        self.log = log
    }

    /// An element at once, and one after each commit about `saga`; several that nobody has taken
    /// yet become one.
    func changes(of saga: SagaID) -> AsyncStream<Void> {
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

    private func forget(_ number: UInt64, of saga: SagaID) {
        watchers.withLock { watchers in
            watchers.bySaga[saga]?[number] = nil
            if watchers.bySaga[saga]?.isEmpty == true { watchers.bySaga[saga] = nil }
        }
    }

    private func announce(_ commit: Commit) {
        let continuations = watchers.withLock { watchers in
            guard !watchers.bySaga.isEmpty else { return [AsyncStream<Void>.Continuation]() }
            return commit.entries.compactMap(\.saga).flatMap { saga in
                watchers.bySaga[saga].map { Array($0.values) } ?? []
            }
        }
        for continuation in continuations { continuation.yield() }
    }

    func append(_ commit: Commit) async throws(LogError) {
        try await log.append(commit)
        announce(commit)
    }

    func head() async throws(LogError) -> Head {
        try await log.head()
    }

    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await log.takeOver(from: epoch)
    }

    func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try await log.commits(after: position, entriesMax: entriesMax)
    }

    func entries(of saga: SagaID) async throws(LogError) -> [Entry] {
        try await log.entries(of: saga)
    }

    func newestSnapshot() async throws(LogError) -> Snapshot? {
        try await log.newestSnapshot()
    }

    func save(_ snapshot: Snapshot) async throws(LogError) {
        try await log.save(snapshot)
    }

    func close() async {
        await log.close()
    }
}
