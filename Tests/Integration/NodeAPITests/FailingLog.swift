import Chain
import EventLog
import Saga
import Synchronization

/// A log in memory whose next appends fail when a test says so, after or before they are done.
final class FailingLog: EventLog {
    enum Failure {
        /// It was appended, but nobody is told.
        case answerLost
        /// Nothing was appended.
        case unavailable
    }

    private let log = InMemoryEventLog()
    private let failures = Mutex<[Failure]>([])

    func failNext(_ failure: Failure) { failures.withLock { $0.append(failure) } }

    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        guard let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
            return log.startAppending(commit, as: writer)
        }
        if failure == .answerLost { _ = log.startAppending(commit, as: writer) }
        let appending = Appending()
        appending.finish(.failure(LogError(
            failure == .answerLost ? .outcomeUnknown : .unavailable, "a test wants it")))
        return appending
    }

    func head() async throws(LogError) -> Head { try await log.head() }

    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await log.takeOver(from: epoch)
    }

    func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try await log.commits(after: position, entriesMax: entriesMax)
    }

    func entries(of saga: SagaID) async throws(LogError) -> [Entry] {
        guard failures.withLock({ $0.isEmpty }) else {
            throw LogError(.unavailable, "a test wants it")
        }
        return try await log.entries(of: saga)
    }

    func newestSnapshot() async throws(LogError) -> Snapshot? { try await log.newestSnapshot() }

    func save(_ snapshot: Snapshot) async throws(LogError) { try await log.save(snapshot) }

    func close() async { await log.close() }
}
