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

    func append(_ commit: Commit) async throws(LogError) {
        switch failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        case .answerLost:
            try await log.append(commit)
            throw LogError(.outcomeUnknown, "a test wants it")
        case .unavailable:
            throw LogError(.unavailable, "a test wants it")
        case nil:
            try await log.append(commit)
        }
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
