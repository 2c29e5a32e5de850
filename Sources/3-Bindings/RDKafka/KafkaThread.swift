import Dispatch
import Foundation
import Synchronization

/// A named thread that runs one actor: what blocks in the C library blocks nobody else.
///
/// It ends when the executor is let go of, so a call after closing still gets its answer.
final class KafkaThread: SerialExecutor {
    private let mailbox = Mailbox()

    /// - Parameter name: What debuggers call the thread; Linux shows 15 characters.
    init(name: String) {
        let mailbox = mailbox
        let thread = Thread { mailbox.run() }
        thread.name = name
        thread.start()
    }

    deinit { mailbox.put(.end) }

    func enqueue(_ job: consuming ExecutorJob) {
        mailbox.put(.job(UnownedJob(job), asUnownedSerialExecutor()))
    }

    /// Runs `work` on the thread, after what was put there before it.
    func perform(_ work: @escaping @Sendable () -> Void) {
        mailbox.put(.work(work))
    }

    func checkIsolated() {
        precondition(mailbox.isOnThread, "an actor's state is touched on the actor's thread only")
    }
}

extension KafkaThread {
    private enum Item: Sendable {
        case job(UnownedJob, UnownedSerialExecutor)
        case work(@Sendable () -> Void)
        case end
    }

    /// Holds at most a job for each call that waits and a wake-up for each queue, so callers
    /// bound it.
    private final class Mailbox: Sendable {
        private let items = Mutex<[Item]>([])
        private let count = DispatchSemaphore(value: 0)
        private let thread = Mutex<pthread_t?>(nil)

        var isOnThread: Bool {
            thread.withLock { thread in
                thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false
            }
        }

        func put(_ item: Item) {
            items.withLock { $0.append(item) }
            count.signal()
        }

        func run() {
            thread.withLock { $0 = pthread_self() }
            while true {
                count.wait()
                switch items.withLock({ $0.removeFirst() }) {
                case .job(let job, let executor): job.runSynchronously(on: executor)
                case .work(let work): work()
                case .end: return
                }
            }
        }
    }
}

/// A C callback's way to an actor: many calls before the actor looks are one wake-up.
final class Wakeup: Sendable {
    private let isRaised = Atomic(false)
    private let action: @Sendable () -> Void

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    /// Called on a thread of librdkafka's, which holds a lock of its own: returns at once.
    func raise() {
        if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { action() }
    }

    /// Before the actor looks: what comes from now on is another wake-up.
    func lower() { isRaised.store(false, ordering: .sequentiallyConsistent) }
}
