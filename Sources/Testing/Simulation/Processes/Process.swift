import Engine
import HistoryFile
import Node
import Saga

/// One process of a bank: the production node on simulated surroundings.
///
/// Confined to the simulation's thread.
final class Process<S: Scenario>: @unchecked Sendable {
    let site: Site<S>
    /// No two processes of a run have the same.
    let number: Int
    let processor: Processor
    let startedAt: Int64
    private(set) var isAlive = true
    /// When it last woke up from standing still.
    private(set) var wokeAt: Int64?
    var log: SimulatedLog<S>?
    var node: Node<S.Participant>?
    /// On a disk that outlives the process.
    let history: HistoryFile
    /// By peer, the last record of its topic that the process was handed, and in which of the
    /// topic's histories.
    var handed: [NodeName: (offset: Int64, history: Int)] = [:]
    /// When it first took its log over: since then it has to notice what its clock does.
    var tookOverAt: Int64?
    /// Lets it end in good order; `nil` before it has begun.
    var shutDown: (() -> Void)?
    var isShuttingDown = false
    private var task: Task<Void, Never>?
    /// Sleeping tasks, by the number of their sleep.
    private var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
    private var sleeps = 0

    init(
        _ site: Site<S>, number: Int, _ processor: Processor, _ history: HistoryFile,
        at now: Int64
    ) {
        startedAt = now
        self.history = history
        self.site = site
        self.number = number
        self.processor = processor
    }

    /// Begins `body` as the process's main task.
    func start(_ body: @escaping @Sendable () async -> Void) {
        task = Task(executorPreference: processor) { await body() }
    }

    var isPaused: Bool { processor.isPaused }

    /// SIGSTOP.
    func pause() { processor.isPaused = true }

    /// SIGCONT.
    func wake(at now: Int64) {
        processor.isPaused = false
        wokeAt = now
    }

    /// SIGKILL: from here on nothing that the process does has any effect. What is left of its
    /// tasks is run to its end, so that nothing leaks.
    func kill() {
        isAlive = false
        processor.isPaused = false
        task?.cancel()
        letGo()
    }

    /// Breaks the reference cycles between the process and its parts, which would never be freed.
    func letGo() {
        node = nil
        log = nil
        shutDown = nil
    }
}

extension Process {
    /// Waits until `timeline` says so, or until the task is cancelled.
    func sleep(_ duration: Duration, in world: World<S>) async throws {
        try Task.checkCancellation()
        sleeps += 1
        let number = sleeps
        let alarm = Alarm { [weak self] in self?.sleepers.removeValue(forKey: number)?.resume() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                sleepers[number] = continuation
                world.plan(after: duration.microseconds) { alarm.ring() }
            }
        } onCancel: {
            alarm.ring()
        }
        try Task.checkCancellation()
    }
}

/// A closure that may be called from a cancellation handler: on the simulation's one thread.
final class Alarm: @unchecked Sendable {
    private let wake: () -> Void

    init(_ wake: @escaping () -> Void) {
        self.wake = wake
    }

    func ring() { wake() }
}
