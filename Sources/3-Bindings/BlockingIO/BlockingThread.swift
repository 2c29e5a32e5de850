import DequeModule
import Dispatch
import Foundation
import Synchronization

/// A named thread that runs one actor: what blocks there (a C library, a disk, a lock) keeps no
/// thread from other tasks, which share as many as there are cores.
///
/// An actor names it as its `unownedExecutor`. The thread ends when the executor is released, after
/// what was put there before, so a call after closing still gets its answer.
public final class BlockingThread: SerialExecutor {
    /// Linux has 16 bytes for a name, and Foundation gives a thread none rather than a shorter one.
    private static let nameBytesMax = 14

    private let workQueue: WorkQueue

    /// Names the thread, which starts with its first work: an actor that is made and not used
    /// costs no thread.
    ///
    /// - Parameter name: What debuggers call the thread: its first 14 bytes.
    public init(name: String) {
        workQueue = WorkQueue(name)
    }

    deinit { workQueue.end() }

    /// This may be the actor's last job, which releases the actor and this executor while the
    /// caller is still here. The workQueue is retained by hand: a reference that comes from `self`
    /// may be optimised away, because `self` counts as alive.
    private func put(_ item: Item) {
        let kept = Unmanaged.passRetained(workQueue)
        defer { kept.release() }
        kept.takeUnretainedValue().put(item)
    }

    /// Runs an actor's job on the thread, after what was put there before it.
    public func enqueue(_ job: consuming ExecutorJob) {
        put(.job(UnownedJob(job), asUnownedSerialExecutor()))
    }

    /// Runs `work` on the thread, after what was put there before it.
    public func perform(_ work: @escaping @Sendable () -> Void) {
        put(.work(work))
    }

    /// Stops the process where the caller is not on the thread.
    public func checkIsolated() {
        precondition(workQueue.isOnThread, "an actor's state is touched on the actor's thread only")
    }
}

// MARK: - Work of one call

extension BlockingThread {
    /// Runs `work` on a thread made for it, and does not wait for it.
    ///
    /// - Parameters:
    ///   - name: As in ``init(name:)``.
    ///   - work: Called once; it may block.
    public static func start(_ name: String, _ work: @escaping @Sendable () -> Void) {
        // Until the call that starts a thread has returned, Foundation ignores the thread's name.
        let isStarted = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            isStarted.wait()
            Thread.current.name = String(decoding: name.utf8.prefix(nameBytesMax), as: UTF8.self)
            work()
        }
        isStarted.signal()
    }

    /// Runs `work` on a thread made for it, and waits for what it returns. Cancelling the task does
    /// not interrupt it.
    ///
    /// - Parameters:
    ///   - name: As in ``init(name:)``.
    ///   - work: Called once; it may block.
    /// - Throws: What `work` throws.
    public static func run<Value: Sendable, Failure: Error>(
        _ name: String, _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            start(name) { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }
}

// MARK: - WorkQueue

extension BlockingThread {
    private enum Item: Sendable {
        case job(UnownedJob, UnownedSerialExecutor)
        case work(@Sendable () -> Void)
        case end
    }

    /// Holds at most a job for each call that waits and a wake-up for each queue, so callers
    /// bound it.
    private final class WorkQueue: Sendable {
        private struct Contents {
            var items: Deque<Item> = []
            var isStarted = false
        }

        private let name: String
        private let contents = Mutex(Contents())
        private let count = DispatchSemaphore(value: 0)
        private let thread = Mutex<pthread_t?>(nil)

        init(_ name: String) { self.name = name }

        var isOnThread: Bool {
            thread.withLock { thread in
                thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false
            }
        }

        func put(_ item: Item) {
            let isFirst = contents.withLock { contents in
                contents.items.append(item)
                defer { contents.isStarted = true }
                return !contents.isStarted
            }
            count.signal()
            if isFirst { BlockingThread.start(name) { self.run() } }
        }

        /// Lets the thread end, if there is one.
        func end() {
            if contents.withLock({ $0.isStarted }) { put(.end) }
        }

        private func run() {
            thread.withLock { $0 = pthread_self() }
            while true {
                count.wait()
                switch contents.withLock({ $0.items.removeFirst() }) {
                case .job(let job, let executor): job.runSynchronously(on: executor)
                case .work(let work): work()
                case .end: return
                }
            }
        }
    }
}
