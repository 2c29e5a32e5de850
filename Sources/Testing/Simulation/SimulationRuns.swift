import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Many runs, side by side on dedicated threads.
public struct SimulationRuns<S: Scenario>: Sendable {
    private let simulations: [Simulation<S>]
    private let threads: Int

    /// - Parameters:
    ///   - simulations: Run in this order, several at once.
    ///   - threads: How many run at once.
    public init(_ simulations: [Simulation<S>], threads: Int) {
        precondition(threads > 0, "at least one thread has to run them")
        self.simulations = simulations
        self.threads = threads
    }

    /// Runs them all.
    ///
    /// - Returns: Their reports, as they finish, each with the time it took of one core. A caller
    ///   that stops listening stops the runs that have not begun.
    public func reports() -> AsyncStream<(report: SimulationReport, took: Duration)> {
        let (simulations, threads) = (simulations, threads)
        return AsyncStream { continuation in
            let queue = Queue(count: simulations.count, threads: threads)
            continuation.onTermination = { _ in queue.empty() }
            for _ in 0..<threads {
                let thread = Thread {
                    while let index = queue.take() {
                        let start = Duration.ofThisThread
                        let report = simulations[index].run()
                        continuation.yield((report, .ofThisThread - start))
                    }
                    if queue.leave() { continuation.finish() }
                }
                // Folding and decoding nest, and a debug build needs room for it.
                thread.stackSize = 16 << 20
                thread.start()
            }
        }
    }
}

/// Which simulation is next, and how many threads still work.
private final class Queue: Sendable {
    private let state: Mutex<(left: Range<Int>, threads: Int)>

    init(count: Int, threads: Int) {
        state = Mutex((0..<count, threads))
    }

    func take() -> Int? {
        state.withLock { $0.left.popFirst() }
    }

    func empty() {
        state.withLock { $0.left = 0..<0 }
    }

    /// - Returns: Whether it was the last one.
    func leave() -> Bool {
        state.withLock { state in
            state.threads -= 1
            return state.threads == 0
        }
    }
}

extension Duration {
    /// What the calling thread has had of a core: other work on the machine does not count.
    fileprivate static var ofThisThread: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
