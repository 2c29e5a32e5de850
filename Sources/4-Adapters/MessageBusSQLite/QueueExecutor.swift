import Dispatch

/// Runs an actor on a thread that may block: disk and locks stay off the cooperative pool.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// - Parameter name: What debuggers call the queue.
    init(name: String) {
        queue = DispatchQueue(label: name)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
