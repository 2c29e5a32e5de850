import Foundation
import Synchronization
import TestServers

/// Does what the schedule says to the stack, and makes it whole again.
final class Nemesis: Sendable {
    /// What it has done so far.
    struct Deeds {
        /// How often each fault was done.
        var counts: [Fault: Int] = [:]
        /// How often each came up and could not be done.
        var skipped: [Fault: Int] = [:]
        /// What became of taking the writer away.
        var failOvers: [FailOver.Outcome: Int] = [:]
        /// What the standby should have done.
        var violations: [String] = []
        /// What was done in the newest round, and to whom.
        var newestTrail: [String] = []
    }

    private let stack: Stack
    private let done = Mutex(Deeds())
    private let underWay = Mutex<Set<Strike>>([])

    init(_ stack: Stack) {
        self.stack = stack
    }

    var deeds: Deeds { done.withLock { $0 } }

    /// Returns when every fault of the round has ended and everything is healed.
    func run(_ round: Schedule.Round) async throws {
        done.withLock { $0.newestTrail = [] }
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            var before: [Strike.Claim: Task<Bool, any Error>] = [:]
            for strike in round.strikes {
                // A fault may take longer than planned, as a server to start again: what is after
                // the same thing waits for that.
                let predecessors = strike.claims.compactMap { before[$0] }
                let work = Task {
                    try await Task.sleep(until: begin + .milliseconds(strike.start))
                    for predecessor in predecessors { _ = try await predecessor.value }
                    self.underWay.withLock { _ = $0.insert(strike) }
                    defer { self.underWay.withLock { _ = $0.remove(strike) } }
                    return try await self.strike(strike)
                }
                for claim in strike.claims { before[claim] = work }
                group.addTask {
                    let isDone = try await work.value
                    let took = Int((ContinuousClock.now - begin) / .milliseconds(1))
                    self.note(strike, isDone: isDone, "over at \(took) ms")
                }
            }
            try await group.waitForAll()
        }
        try await heal()
    }

    private func note(_ strike: Strike, isDone: Bool, _ end: String) {
        done.withLock { done in
            if isDone {
                done.counts[strike.fault, default: 0] += 1
            } else {
                done.skipped[strike.fault, default: 0] += 1
            }
            done.newestTrail.append("\(strike); \(isDone ? end : "skipped")")
        }
    }

    private func heal() async throws {
        for place in stack.places { place.heal() }
        for server in stack.postgres where !server.isRunning { try await server.launch() }
        try await stack.applyTopics()
    }

    /// - Returns: Whether there was something to do it to.
    private func strike(_ strike: Strike) async throws -> Bool {
        let pause = { @Sendable in try await Task.sleep(for: .milliseconds(strike.lasting)) }
        let place = stack.places[strike.place]
        let server = stack.postgres[strike.server]
        switch strike.fault {
        case .killNode:
            place.kill()
            try await pause()
            place.release()
        case .pauseNode:
            place.pause()
            try await pause()
            place.resume()
        case .failOver:
            return try await failOver(strike, { $0.pause() }, undoing: { $0.resume() })
        case .isolateWriter:
            return try await failOver(
                strike, { $0.toDatabase.set(toServer: .hold, toClient: .hold) },
                undoing: { $0.toDatabase.heal() })
        case .killBroker, .pauseBroker, .wipeBroker:
            try await strikeBroker(strike.fault, pause)
        case .killPostgres, .crashPostgres:
            try await server.stop(strike.fault == .killPostgres ? .kill : .immediate)
            try await pause()
            try await server.launch()
        case .pausePostgres:
            let processes = try server.pause()
            try await pause()
            server.resume(processes)
        case .partition(let link, let manner):
            let proxy = link == .broker ? place.toBroker : place.toDatabase
            Self.disturb(proxy, manner)
            try await pause()
            proxy.heal()
        case .fillDisk: return try await fillDisk(pause)
        }
        return true
    }

    private func strikeBroker(
        _ fault: Fault, _ pause: @Sendable () async throws -> Void
    ) async throws {
        switch fault {
        case .pauseBroker:
            stack.broker.pause()
            try await pause()
            stack.broker.resume()
        case .wipeBroker:
            try await stack.broker.wipe()
            // Meanwhile there is a broker without topics.
            try await pause()
            try await stack.applyTopics()
        default:
            await stack.broker.kill()
            try await pause()
            try await stack.broker.start()
            // It may have been killed before it kept them.
            try await stack.applyTopics()
        }
    }

    private static func disturb(_ proxy: TCPProxy, _ manner: Fault.Manner) {
        switch manner {
        case .drop: proxy.set(toServer: .swallow, toClient: .swallow)
        case .hold: proxy.set(toServer: .hold, toClient: .hold)
        case .delay:
            proxy.set(
                toServer: .delay(.milliseconds(100)), toClient: .delay(.milliseconds(100)))
        case .halfOpen: proxy.halfOpen()
        case .reset: proxy.set(toServer: .tear, toClient: .tear)
        }
    }

    /// - Returns: Whether there is a disk to fill.
    private func fillDisk(_ pause: @Sendable () async throws -> Void) async throws -> Bool {
        guard let disk = stack.disk else { return false }
        let ballast = disk + "/ballast"
        try await fill(ballast, leaving: 0)
        try await pause()
        try FileManager.default.removeItem(atPath: ballast)
        // Where it had no room for its own log it has ended.
        let server = stack.postgres[Stack.smallDiskServer]
        if !server.isRunning { try await server.launch() }
        return true
    }
}

/// Taking the writer away.
extension Nemesis {
    /// Does `harm` to the writer until its standby has taken over, for as long as the strike says
    /// at least.
    ///
    /// - Returns: Whether it was the writer that was struck.
    private func failOver(
        _ strike: Strike, _ harm: (Place) -> Void, undoing: (Place) -> Void
    ) async throws -> Bool {
        guard let writer = try await writer(by: .now + .milliseconds(strike.lasting)),
            let standby = stack.places(of: writer.bank).first(where: { $0 !== writer })
        else { return false }
        let logged = standby.loggedBytes
        let begin = ContinuousClock.now
        harm(writer)
        defer { undoing(writer) }
        var judging = FailOver(at: begin)
        var outcome: FailOver.Outcome?
        while outcome == nil {
            try await Task.sleep(for: .milliseconds(100))
            let look = await look(at: standby, since: logged, but: strike)
            outcome = judging.judge(look, at: .now)
        }
        try await Task.sleep(until: begin + .milliseconds(strike.lasting))
        done.withLock { done in
            guard let outcome else { return }
            done.failOvers[outcome, default: 0] += 1
            guard outcome == .leftAlone else { return }
            done.violations.append(
                "\(standby.name) has not taken over from \(writer.name) within "
                    + "\(FailOver.calmMax): \(strike)")
        }
        return outcome != .missedTheWriter
    }

    private func look(
        at standby: Place, since logged: UInt64, but own: Strike
    ) async -> FailOver.Look {
        // In this order: it opens the log before it is ready.
        let isReady = await within(.milliseconds(500)) { await standby.isReady } ?? false
        let hasOpened = standby.hasLogged("the log is open for writing", since: logged)
        let others = underWay.withLock { $0 }.filter { $0 != own }
        return FailOver.Look(
            hasOpenedLog: hasOpened, isReady: isReady,
            isDisturbed: others.contains { $0.disturbsTakeover(at: standby.index) })
    }

    /// The process of the first bank that takes commands now, or in a while; `nil` where none does.
    private func writer(by deadline: ContinuousClock.Instant) async throws -> Place? {
        repeat {
            for place in stack.places(of: Stack.banks[0]) {
                let isReady = await within(.milliseconds(500)) { await place.isReady }
                if isReady == true { return place }
            }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now < deadline
        return nil
    }
}
