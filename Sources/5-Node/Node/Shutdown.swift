import Synchronization

/// Tells tasks that wait for something else that the node was asked to end.
///
/// Needs no dedicated task, unlike the service lifecycle's `cancelWhenGracefulShutdown`: so all
/// that a node does happens where its owner lets its tasks run.
final class Shutdown: Sendable {
    private struct State {
        var hasBegun = false
        var waits: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Tells all who wait.
    func start() {
        let waiting = state.withLock { state in
            state.hasBegun = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) { continuation.resume() }
    }

    /// Runs `body`; its task is cancelled when the shutdown begins.
    func cancelling<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await self.wait()
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            guard let value = try await group.next() ?? nil else { throw CancellationError() }
            return value
        }
    }

    /// Until the shutdown begins or the task is cancelled.
    private func wait() async {
        let number = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A task is marked cancelled before its handler runs, so either the mark is seen
                // here or the handler, which needs the lock, finds who waits.
                let isOver = state.withLock { state in
                    guard !state.hasBegun, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }
}
