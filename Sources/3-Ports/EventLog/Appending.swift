import Synchronization

/// An append that was handed over to a log: its outcome, once that is known.
public final class Appending: Sendable {
    private struct State {
        var outcome: Result<Void, LogError>?
        var waiting: [UInt64: CheckedContinuation<Result<Void, LogError>, Never>] = [:]
        var waits: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Starts without an outcome: the log that returns it has to call ``finish(_:)``.
    public init() {}

    /// Waits until the commit is durable, or the task is cancelled: a store may never answer.
    ///
    /// - Throws: What ``EventLog/startAppending(_:as:)`` says; `.outcomeUnknown` also where the
    ///   task was cancelled before the outcome was known. The append continues.
    public func outcome() async throws(LogError) {
        let number = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A task is marked cancelled before its handler runs, so either the mark is seen
                // here or the handler, which needs the lock, finds who waits.
                let known = state.withLock { state in
                    let known = state.outcome ?? (Task.isCancelled ? Self.givenUp : nil)
                    if known == nil { state.waiting[number] = continuation }
                    return known
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?
                .resume(returning: Self.givenUp)
        }
        try outcome.get()
    }

    private static let givenUp = Result<Void, LogError>.failure(
        LogError(
            .outcomeUnknown,
            "The task that waited for an append was cancelled: reopen the log before going on."))

    /// Tells those who wait; called once, by the log.
    public func finish(_ outcome: Result<Void, LogError>) {
        let waiting = state.withLock { state in
            precondition(state.outcome == nil, "an append ends once")
            state.outcome = outcome
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) {
            continuation.resume(returning: outcome)
        }
    }
}
