public import Chain
public import Saga
import Synchronization

/// An event log that is gone with the process: for tests and for nodes that only try things out.
public final class InMemoryEventLog: EventLog {
    private struct State {
        var storage: LogStorage
        var isClosed = false
    }

    private let state: Mutex<State>

    /// - Parameter storage: What the log holds already.
    public init(_ storage: LogStorage = LogStorage()) {
        state = Mutex(State(storage: storage))
    }

    /// As ``EventLog/head()``; throws only `.closed`.
    public func head() async throws(LogError) -> Head {
        try access { storage in storage.head }
    }

    /// As ``EventLog/takeOver(from:)``, for writers of this object.
    public func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try access { storage throws(LogError) in try storage.takeOver(from: epoch) }
    }

    /// As ``EventLog/startAppending(_:as:)``; the outcome is known on return, and durable means in
    /// memory.
    public func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        let appending = Appending()
        appending.finish(
            Result { () throws(LogError) in
                try access { storage throws(LogError) in try storage.append(commit, as: writer) }
            })
        return appending
    }

    /// As ``EventLog/commits(after:entriesMax:)``; throws only `.closed`.
    public func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try access { storage in
            storage.commits(
                after: position, entriesMax: entriesMax, bytesMax: LogReading.bytesMax)
        }
    }

    /// As ``EventLog/commit(containing:)``; throws only `.closed`.
    public func commit(containing position: Position) async throws(LogError) -> Commit? {
        try access { storage in storage.commit(containing: position) }
    }

    /// As ``EventLog/entries(of:)``; throws only `.closed`.
    public func entries(of saga: CommandID) async throws(LogError) -> [Entry] {
        try access { storage in storage.entries(of: saga) }
    }

    /// As ``EventLog/newestSnapshot()``; throws only `.closed`.
    public func newestSnapshot() async throws(LogError) -> Snapshot? {
        try access { storage in storage.newestSnapshot }
    }

    /// As ``EventLog/save(_:)``; keeps the two newest, and throws only `.closed`.
    public func save(_ snapshot: Snapshot) async throws(LogError) {
        try access { storage in storage.save(snapshot) }
    }

    /// Forgets everything: the log is gone.
    public func close() async {
        state.withLock { $0 = State(storage: LogStorage(), isClosed: true) }
    }

    private func access<Value: Sendable>(
        _ body: (inout LogStorage) throws(LogError) -> Value
    ) throws(LogError) -> Value {
        try state.withLock { state throws(LogError) in
            guard !state.isClosed else { throw .closed }
            return try body(&state.storage)
        }
    }
}
