import Synchronization

/// The commits in flight are bounded: the one writer waits here until one ends.
final class InFlightWindow: Sendable {
    private struct Count {
        var free: Int
        var isClosed = false
        var waiter: CheckedContinuation<Bool, Never>?
    }

    private let count: Mutex<Count>

    init(_ free: Int) {
        count = Mutex(Count(free: free))
    }

    /// Waits until one more commit may be in flight.
    ///
    /// - Returns: `false` once the window is closed.
    func acquire() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = count.withLock { count -> Bool? in
                if count.isClosed { return false }
                if count.free > 0 {
                    count.free -= 1
                    return true
                }
                precondition(count.waiter == nil, "there is one writer")
                count.waiter = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    func release() {
        let waiter = count.withLock { count -> CheckedContinuation<Bool, Never>? in
            if let waiter = count.waiter.take() { return waiter }
            count.free += 1
            return nil
        }
        waiter?.resume(returning: true)
    }

    /// No further commit may be in flight.
    func close() {
        let waiter = count.withLock { count in
            count.isClosed = true
            return count.waiter.take()
        }
        waiter?.resume(returning: false)
    }
}
