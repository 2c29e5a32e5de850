import Chain
import Engine
import EventLog
import Saga

/// A process's connection to its bank's disk: everything takes time, may fail, and may be the last
/// thing the process does.
///
/// Confined to the simulation's thread.
final class SimulatedLog<S: Scenario>: EventLog, @unchecked Sendable {
    private struct Handed {
        let commit: Commit
        let writer: Epoch
        let appending: Appending
    }

    private let process: Process<S>
    private let world: World<S>
    /// Handed over and not appended yet, oldest first.
    private var handed: [Handed] = []
    /// The database has ended the connection; the next call learns it.
    private var isDisconnected = false

    init(_ process: Process<S>, _ world: World<S>) {
        self.process = process
        self.world = world
    }

    /// Nothing is on its way to the disk.
    var isIdle: Bool { handed.isEmpty }

    private var site: Site<S> { process.site }

    func head() async throws(LogError) -> Head {
        try await call()
        return site.disk.log.head
    }

    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await call()
        let head = try site.disk.log.takeOver(from: epoch)
        world.tookOver(process, head)
        world.mayCrash(process)
        guard !world.dice.chance(world.faults.appendUnknown) else { throw .answerLost }
        return head
    }

    func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try await call()
        return site.disk.log.commits(
            after: position, entriesMax: min(entriesMax, world.pageMax))
    }

    func commit(containing position: Position) async throws(LogError) -> Commit? {
        try await call()
        return site.disk.log.commit(containing: position)
    }

    func entries(of saga: CommandID) async throws(LogError) -> [Entry] {
        try await call()
        return site.disk.log.entries(of: saga)
    }

    func newestSnapshot() async throws(LogError) -> Snapshot? {
        try await call()
        return site.disk.log.newestSnapshot
    }

    func save(_ snapshot: Snapshot) async throws(LogError) {
        try await call()
        site.disk.log.save(snapshot)
        world.saved(snapshot, process)
    }

    func close() async {}
}

// Appending, one commit after the other as on one connection.
extension SimulatedLog {
    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        let appending = Appending()
        guard process.isAlive else {
            appending.finish(.failure(.closed))
            return appending
        }
        world.observe(
            .handedOver(
                node: site.index, commit.header.last,
                isClockWrong: site.isClockWrong(since: process.tookOverAt)
                    || isUnderLateClock(commit, writer)))
        handed.append(Handed(commit: commit, writer: writer, appending: appending))
        if handed.count == 1 { appendSoon() }
        return appending
    }

    /// Whether the log's writer decides something while its clock is before the log's end by more
    /// than a minute. What opens a log, names peers or hands it to another key decides nothing.
    private func isUnderLateClock(_ commit: Commit, _ writer: Epoch) -> Bool {
        let end = world.truth.states[site.index].time
        guard writer == site.disk.log.head.epoch, !site.disk.isRewound,
            site.isBehind(end, at: world.timeline.now),
            let events = try? commit.events(for: S.Participant.self)
        else { return false }
        return events.contains { event in
            switch event {
            case .nodeOpened, .peerKeyCompared, .keyRotated, .keyShown, .clockAccepted: false
            default: true
            }
        }
    }

    /// The connection is gone: the outcome of what was in flight is unknown.
    func disconnect() {
        isDisconnected = true
        for handed in handed {
            if world.dice.chance(500) { appendLate(handed) }
            handed.appending.finish(.failure(.answerLost))
        }
        handed = []
    }

    private func call() async throws(LogError) {
        try await world.call(of: process)
        guard !learnsOfEnd() else { throw .unreachable }
    }

    /// - Returns: Whether the connection is gone; the next one is another.
    private func learnsOfEnd() -> Bool {
        defer { isDisconnected = false }
        return isDisconnected
    }

    private func appendSoon() {
        world.plan(after: world.dice.number(200...3_000) * world.slowness, isAwaited: true) {
            self.appendNext()
        }
    }

    private func appendNext() {
        guard let next = handed.first else { return }
        guard process.isAlive else { return disconnect() }
        let outcome = append(next)
        // Crashing, the process lost the connection.
        guard !handed.isEmpty else { return }
        handed.removeFirst()
        next.appending.finish(outcome)
        if !handed.isEmpty { appendSoon() }
    }

    private func append(_ next: Handed) -> Result<Void, LogError> {
        world.mayCrash(process)
        guard process.isAlive else { return .failure(.closed) }
        guard !learnsOfEnd() else { return .failure(.unreachable) }
        if world.dice.chance(world.faults.logUnavailable) {
            world.count(\.appendsFailed)
            return .failure(.unreachable)
        }
        if world.dice.chance(world.faults.appendUnknown) {
            world.count(\.appendsUnknown)
            switch world.dice.index(below: 3) {
            case 0: break
            case 1: _ = world.append(next.commit, as: next.writer, to: site)
            default: appendLate(next)
            }
            return .failure(.answerLost)
        }
        let outcome = world.append(next.commit, as: next.writer, to: site)
        world.mayCrash(process)
        return outcome
    }

    /// The database does it after all, as long as no process has taken the log over.
    private func appendLate(_ late: Handed) {
        let (world, site) = (world, site)
        world.plan(after: world.dice.number(0...400_000)) {
            _ = world.append(late.commit, as: late.writer, to: site)
        }
    }
}

extension LogError {
    static let unreachable = LogError(.unavailable, "The simulated disk cannot be reached.")
    static let answerLost = LogError(.outcomeUnknown, "The simulated disk's answer was lost.")
}
