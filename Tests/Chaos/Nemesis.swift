import Foundation
import Synchronization
import TestServers

/// Does what the schedule says to the stack, and makes it whole again.
final class Nemesis: Sendable {
    private let stack: Stack
    private let done = Mutex<[Fault: Int]>([:])
    private let trail = Mutex<[String]>([])

    init(_ stack: Stack) {
        self.stack = stack
    }

    /// How often each fault was done.
    var counts: [Fault: Int] { done.withLock { $0 } }

    /// What was done in the newest round, and to whom.
    var newestTrail: [String] { trail.withLock { $0 } }

    /// Returns when every fault of the round has ended and everything is healed.
    func run(_ round: Schedule.Round) async throws {
        trail.withLock { $0 = [] }
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            var before: [Strike.Claim: Task<Void, any Error>] = [:]
            for strike in round.strikes {
                // A fault may take longer than planned, as a server to start again: what is after
                // the same thing waits for that.
                let predecessors = strike.claims.compactMap { before[$0] }
                let work = Task {
                    try await Task.sleep(until: begin + .milliseconds(strike.start))
                    for predecessor in predecessors { try await predecessor.value }
                    try await self.strike(strike)
                }
                for claim in strike.claims { before[claim] = work }
                group.addTask {
                    try await work.value
                    self.done.withLock { $0[strike.fault, default: 0] += 1 }
                    let took = Int((ContinuousClock.now - begin) / .milliseconds(1))
                    self.trail.withLock { $0.append("\(strike); over at \(took) ms") }
                }
            }
            try await group.waitForAll()
        }
        try await heal()
    }

    private func heal() async throws {
        for place in stack.places { place.heal() }
        for server in stack.postgres where !server.isRunning { try await server.launch() }
        try await stack.applyTopics()
    }

    private func strike(_ strike: Strike) async throws {
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
            let writer = await writer()
            writer.pause()
            try await pause()
            writer.resume()
        case .isolateWriter:
            let link = await writer().toDatabase
            link.set(toServer: .hold, toClient: .hold)
            try await pause()
            link.heal()
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
        case .fillDisk:
            try await fillDisk(pause)
        }
    }

    /// The process of the first bank that takes commands now; the first where none does.
    private func writer() async -> Place {
        let places = stack.places(of: Stack.banks[0])
        for place in places {
            let isReady = await within(.milliseconds(500)) { await place.isReady }
            if isReady == true { return place }
        }
        return places[0]
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

    private func fillDisk(_ pause: @Sendable () async throws -> Void) async throws {
        guard let disk = stack.disk else { return }
        let ballast = disk + "/ballast"
        try await fill(ballast, leaving: 0)
        try await pause()
        try FileManager.default.removeItem(atPath: ballast)
        // Where it had no room for its own log it has ended.
        let server = stack.postgres[Stack.smallDiskServer]
        if !server.isRunning { try await server.launch() }
    }
}
