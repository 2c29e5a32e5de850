import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs the tasks of one simulated process: on the simulation's thread, one job at a time, when the
/// simulation says so, the next one chosen by dice. So a run explores the orders in which a machine
/// with many cores might do things, and a seed tells which.
///
/// Confined to the thread that made it, which is why it needs no lock: a job that comes from
/// another thread would end determinism, so it traps.
final class Processor: TaskExecutor, @unchecked Sendable {
    private let thread = pthread_self()
    private var jobs: [UnownedJob] = []
    /// Called when the first job has come.
    private let becameReady: (Processor) -> Void
    /// A stopped process (SIGSTOP) keeps its jobs; time continues without it.
    var isPaused = false {
        didSet { if !isPaused, !jobs.isEmpty { becameReady(self) } }
    }
    /// Whether the simulation has it in its list of those that are ready.
    var isListed = false

    init(becameReady: @escaping (Processor) -> Void) {
        self.becameReady = becameReady
    }

    func enqueue(_ job: consuming ExecutorJob) {
        precondition(
            pthread_equal(pthread_self(), thread) != 0,
            "everything in a simulation happens on its own thread")
        jobs.append(UnownedJob(job))
        if jobs.count == 1, !isPaused { becameReady(self) }
    }

    /// Jobs that wait; none of them runs while the process is stopped.
    var jobCount: Int { isPaused ? 0 : jobs.count }

    func run(job index: Int) {
        jobs.remove(at: index).runSynchronously(on: asUnownedTaskExecutor())
    }
}
