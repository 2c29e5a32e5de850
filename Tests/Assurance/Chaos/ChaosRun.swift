import APIModels
import Foundation
import Logging
import MessageBusKafka
import RDKafka
import TestServers

/// Runs the stack under load and faults for a time, and judges it after every round.
package struct ChaosRun {
    private let seed: UInt64
    private let time: Duration
    private let clientCount: Int
    private let progress: @Sendable (String) -> Void

    /// - Parameters:
    ///   - clients: How many orders are in progress at once.
    ///   - progress: Called with a line for people now and then.
    package init(
        seed: UInt64, time: Duration, clients: Int,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.seed = seed
        self.time = time
        clientCount = clients
        self.progress = progress
    }

    /// - Throws: The stack cannot be made at all. What goes wrong later is in the report.
    package func run() async throws -> ChaosReport {
        var report: ChaosReport?
        if geteuid() == 0 {
            try await withSmallDisk(megabytes: 1_024) { report = try await run(disk: $0) }
        } else {
            progress("not root: no small disk is mounted, and filling it is skipped")
            report = try await run(disk: nil)
        }
        guard let report else { throw ChaosError("there is no report") }
        return report
    }

    private func run(disk: String?) async throws -> ChaosReport {
        let stack = try await Stack.make(disk: disk)
        let toBroker = try TCPProxy(
            to: stack.broker.port, isBrokers: true, latency: .milliseconds(50))
        let client = ClientOptions(
            bootstrapServers: "127.0.0.1:\(toBroker.port)", clientID: "chaos")
        var logger = Logger(label: "chaos")
        logger.logLevel = .critical
        let bus = try await KafkaMessageBus.open(KafkaOptions(client: client), logger: logger)
        let journals = Journals(Stack.banks, bus, progress: progress)
        var report = ChaosReport(seed: seed)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for place in stack.places { group.addTask { try await place.supervise() } }
                let follower = Task { try await journals.follow() }
                try await attack(stack, journals, &report)
                follower.cancel()
                for place in stack.places { place.stop() }
                try await group.waitForAll()
            }
            if report.isClean { report.violations += try await lastLook(stack) }
        } catch {
            report.violations.append("\(error)")
        }
        await bus.close()
        try await stack.end()
        if report.isClean {
            try FileManager.default.removeItem(atPath: stack.directory)
        } else {
            progress("what the banks have logged stays in \(stack.directory)")
        }
        return report
    }

    private func attack(
        _ stack: Stack, _ journals: Journals, _ report: inout ChaosReport
    ) async throws {
        let (clients, nemesis) = (Clients(stack), Nemesis(stack))
        let judge = try Judge(stack, clients.testimony, journals, seed: seed, progress: progress)
        try await stack.waitUntilReady(within: .seconds(60))
        try await clients.open()
        var schedule = Schedule(seed: seed)
        let begin = ContinuousClock.now
        repeat {
            let round = schedule.nextRound()
            var violations: [String] = []
            let began = ContinuousClock.now
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { [clientCount, seed] in
                        try await clients.run(clientCount, round: round.number, seed: seed)
                    }
                    defer { clients.stop() }
                    try await nemesis.run(round)
                    clients.stop()
                    let took = Int((ContinuousClock.now - began) / .seconds(1))
                    if took > 45 { progress("the faults took \(took) s") }
                    try await group.waitForAll()
                }
            } catch {
                violations.append("\(error)")
            }
            violations += await judge.judge()
            // The first round with any is the last.
            violations += nemesis.deeds.violations
            note(clients.testimony, nemesis, judge, stack, &report)
            report.seconds = Int((ContinuousClock.now - begin) / .seconds(1))
            report.rounds = round.number
            report.violations += violations
            progress(
                "round \(round.number), \(report.seconds) s: \(round.strikes.count) faults, "
                    + "\(report.transfers) transfers, \(violations.count) violations")
            if !violations.isEmpty {
                progress("seed \(seed), round \(round.number):")
                for line in nemesis.deeds.newestTrail { progress("  " + line) }
                return
            }
        } while ContinuousClock.now - begin < time
        report.violations += await judge.lastLook()
    }

    private func note(
        _ testimony: Testimony, _ nemesis: Nemesis, _ judge: Judge, _ stack: Stack,
        _ report: inout ChaosReport
    ) {
        let states = testimony.stories.values.compactMap(\.state)
        report.transfers = testimony.count
        report.settled = states.count { $0.word == "settled" }
        report.rolledBack = states.count { $0.word == "rolledBack" }
        report.refused = states.count { $0.word == "refused" }
        report.deposits = testimony.deposits.count
        report.conflicts = testimony.conflicts
        report.requests = testimony.attempts
        report.answers = testimony.answers
        report.askedAgain = judge.reasked
        report.entries = judge.entryCount
        report.openings = Int(judge.epochs.values.reduce(0, +))
        report.lost = judge.lost
        report.doubled = judge.doubled
        func exits(_ code: Int32) -> Int { stack.places.reduce(0) { $0 + ($1.exits[code] ?? 0) } }
        (report.killed, report.fenced, report.refusedStarts) = (exits(137), exits(75), exits(2))
        let deeds = nemesis.deeds
        report.faults = Self.named(deeds.counts)
        report.skipped = Self.named(deeds.skipped)
        report.takeovers = deeds.failOvers[.takenOver] ?? 0
        report.takeoversPrevented = deeds.failOvers[.prevented] ?? 0
    }

    private static func named(_ counts: [Fault: Int]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.description, $0.value) })
    }

    /// The program itself looks at the logs, from their first entry on; nothing runs any more.
    private func lastLook(_ stack: Stack) async throws -> [String] {
        var violations: [String] = []
        for command in ["verify", "books"] {
            let ending = try await Program.run([command, "--directory", stack.directory])
            if ending.code != 0 {
                violations.append("giro \(command): \(ending.output) \(ending.errors)")
            }
        }
        for place in stack.places where place.exits[0] != 1 {
            violations.append("\(place.name) did not end well: \(place.exits) \(place.tail())")
        }
        return violations
    }
}
