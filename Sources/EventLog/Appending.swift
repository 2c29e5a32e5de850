import Synchronization

/// An append that was handed over to a log: its outcome, once that is known.
public final class Appending: Sendable {
    private struct State {
        var outcome: Result<Void, LogError>?
        var waiting: [CheckedContinuation<Result<Void, LogError>, Never>] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Waits until the commit is durable. Cancelling the waiting task changes nothing.
    ///
    /// - Throws: What ``EventLog/startAppending(_:as:)`` says.
    public func outcome() async throws(LogError) {
        let outcome = await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.outcome == nil { state.waiting.append(continuation) }
                return state.outcome
            }
            if let known { continuation.resume(returning: known) }
        }
        try outcome.get()
    }

    /// Tells those who wait; called once, by the log.
    public func finish(_ outcome: Result<Void, LogError>) {
        let waiting = state.withLock { state in
            precondition(state.outcome == nil, "an append ends once")
            state.outcome = outcome
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
    }
}
