import EventLog

// What every call of a process to its surroundings has in common: it takes time, it may fail, and
// it may be the last thing the process does.
extension World {
    /// A call of a process to its disk.
    func call(of process: Process<S>) async throws(LogError) {
        guard process.isAlive else { throw .closed }
        await pause(for: 50...1_000)
        mayCrash(process)
        guard process.isAlive else { throw .closed }
        guard !dice.chance(faults.logUnavailable) else { throw .unreachable }
    }

    func pause(for microseconds: ClosedRange<Int64>) async {
        let delay = dice.number(microseconds) * slowness
        await withCheckedContinuation { continuation in
            plan(after: delay, isAwaited: true) { continuation.resume() }
        }
    }
}
