import Synchronization

/// "Something happened to this topic", for readers that wait on it.
///
/// Signals are counted, so that one raised between a reader's look and its wait is not lost: it
/// notes the count, looks, and waits for a count that is another.
package final class TopicSignals: Sendable {
    private struct Waiter {
        let topic: String
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var raised: [String: UInt64] = [:]
        var raisedForAll: UInt64 = 0
        var isClosed = false
        /// One for each call that waits now, so as many as the bus has readers.
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0

        func count(of topic: String) -> UInt64 { raised[topic, default: 0] + raisedForAll }

        mutating func removeWaiters(
            where isChosen: (Waiter) -> Bool
        ) -> [CheckedContinuation<Void, Never>] {
            let chosen = waiters.filter { isChosen($0.value) }
            for number in chosen.keys { waiters[number] = nil }
            return chosen.values.map(\.continuation)
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// Wakes those who wait for `topic`.
    package func raise(_ topic: String) {
        let woken = state.withLock { state in
            state.raised[topic, default: 0] += 1
            return state.removeWaiters { $0.topic == topic }
        }
        for continuation in woken { continuation.resume() }
    }

    /// Wakes all waiters.
    package func raiseAll() {
        let woken = state.withLock { state in
            state.raisedForAll += 1
            return state.removeWaiters { _ in true }
        }
        for continuation in woken { continuation.resume() }
    }

    /// Wakes all waiters; from now on no call waits.
    package func close() {
        state.withLock { $0.isClosed = true }
        raiseAll()
    }

    /// What `look` finds in `topic`, looking again after each signal until it finds something,
    /// `wait` has run out, or the task is cancelled; then the empty answer.
    package func records(
        in topic: String, wait: Duration,
        look: () async throws(BusError) -> [DeliveredRecord]
    ) async throws(BusError) -> [DeliveredRecord] {
        let deadline = ContinuousClock.now + wait
        while true {
            let seen = state.withLock { $0.count(of: topic) }
            let found = try await look()
            guard found.isEmpty, ContinuousClock.now < deadline, !Task.isCancelled else {
                return found
            }
            await pause(on: topic, after: seen, until: deadline)
        }
    }

    /// Returns at the first signal that `seen` does not count, at `deadline`, or when cancelled.
    private func pause(
        on topic: String, after seen: UInt64, until deadline: ContinuousClock.Instant
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.pause(on: topic, after: seen) }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    private func pause(on topic: String, after seen: UInt64) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A task is marked cancelled before its handler runs, so either the mark is seen
                // here or the handler, which needs the lock, finds the waiter.
                let isOver = state.withLock { state in
                    let isOver =
                        state.count(of: topic) != seen || state.isClosed || Task.isCancelled
                    if !isOver {
                        state.waiters[number] = Waiter(topic: topic, continuation: continuation)
                    }
                    return isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }
}
