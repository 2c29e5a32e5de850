import Chain
import Engine
import EventLog
import Saga
import Synchronization

/// A log that counts how much is read of it, and lets something happen at the worst moment.
final class SteeredLog: EventLog {
    private struct State {
        var log: InMemoryEventLog
        var entriesRead = 0
        /// Appends are done, and their answers kept back.
        var isHolding = false
        var held: [Appending] = []
    }

    private let state: Mutex<State>
    private let beforeTakeOver: @Sendable (SteeredLog) async throws(LogError) -> Void
    private let afterTakeOver: @Sendable (Head) async throws(LogError) -> Void

    init(
        _ log: InMemoryEventLog,
        beforeTakeOver: @escaping @Sendable (SteeredLog) async throws(LogError) -> Void = { _ in },
        afterTakeOver: @escaping @Sendable (Head) async throws(LogError) -> Void = { _ in }
    ) {
        state = Mutex(State(log: log))
        self.beforeTakeOver = beforeTakeOver
        self.afterTakeOver = afterTakeOver
    }

    private var log: InMemoryEventLog { state.withLock { $0.log } }

    /// How many entries were read.
    var entriesRead: Int { state.withLock { $0.entriesRead } }

    /// From now on another log stands where this one was.
    func become(_ storage: LogStorage) {
        state.withLock { $0.log = InMemoryEventLog(storage) }
    }

    /// From now on nobody is told what became of an append.
    func holdAnswers() { state.withLock { $0.isHolding = true } }

    /// What is kept back is lost; later appends are answered.
    func loseAnswers() {
        let held = state.withLock { state in
            defer { (state.isHolding, state.held) = (false, []) }
            return state.held
        }
        for appending in held {
            appending.finish(.failure(LogError(.outcomeUnknown, "The answer was lost.")))
        }
    }

    func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        let commits = try await log.commits(after: position, entriesMax: entriesMax)
        state.withLock { $0.entriesRead += commits.reduce(0) { $0 + $1.entries.count } }
        return commits
    }

    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await beforeTakeOver(self)
        let head = try await log.takeOver(from: epoch)
        try await afterTakeOver(head)
        return head
    }

    func head() async throws(LogError) -> Head { try await log.head() }

    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        let appending = log.startAppending(commit, as: writer)
        return state.withLock { state in
            guard state.isHolding else { return appending }
            let kept = Appending()
            state.held.append(kept)
            return kept
        }
    }

    func entries(of saga: SagaID) async throws(LogError) -> [Entry] {
        try await log.entries(of: saga)
    }

    func newestSnapshot() async throws(LogError) -> Snapshot? { try await log.newestSnapshot() }
    func save(_ snapshot: Snapshot) async throws(LogError) { try await log.save(snapshot) }
    func close() async { await log.close() }
}
