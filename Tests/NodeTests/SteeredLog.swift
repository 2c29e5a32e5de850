import Engine
import EventLog
import Saga
import Synchronization

/// A log that counts how much is read of it, and lets something happen at the worst moment.
final class SteeredLog: EventLog {
    private let log: InMemoryEventLog
    private let afterTakeOver: @Sendable (Head) async throws(LogError) -> Void
    private let count = Mutex(0)

    init(
        _ log: InMemoryEventLog,
        afterTakeOver: @escaping @Sendable (Head) async throws(LogError) -> Void = { _ in }
    ) {
        self.log = log
        self.afterTakeOver = afterTakeOver
    }

    /// How many entries were read.
    var entriesRead: Int { count.withLock { $0 } }

    func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        let commits = try await log.commits(after: position, entriesMax: entriesMax)
        count.withLock { $0 += commits.reduce(0) { $0 + $1.entries.count } }
        return commits
    }

    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        let head = try await log.takeOver(from: epoch)
        try await afterTakeOver(head)
        return head
    }

    func head() async throws(LogError) -> Head { try await log.head() }

    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        log.startAppending(commit, as: writer)
    }

    func entries(of saga: SagaID) async throws(LogError) -> [Entry] {
        try await log.entries(of: saga)
    }

    func newestSnapshot() async throws(LogError) -> Snapshot? { try await log.newestSnapshot() }
    func save(_ snapshot: Snapshot) async throws(LogError) { try await log.save(snapshot) }
    func close() async { await log.close() }
}
