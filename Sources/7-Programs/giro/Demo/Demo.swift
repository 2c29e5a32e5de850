import Audit
import Chain
import Deployment
import Foundation
import Ledger
import LedgerWire
import NodeClient
import Randomness
import Saga
import Synchronization

/// The main job from end to end: set up, send, kill, wait, check. On the embedded default, or on
/// what the banks of a prepared folder are set to.
struct Demo {
    private let deployment: Deployment
    private let directory: String
    private let samples: Samples
    private let kills: Int
    private let seed: UInt64

    /// - Parameter isPrepared: `directory` was made by `giro init`, its banks were never started,
    ///   and their settings hold.
    init(
        directory: String?, isPrepared: Bool, samples: String, kills: Int, seed: UInt64
    ) throws {
        self.directory =
            directory
            ?? FileManager.default.temporaryDirectory
            .appendingPathComponent("giro-demo-\(UUID().uuidString.prefix(8))").path
        guard isPrepared || !FileManager.default.fileExists(atPath: self.directory) else {
            throw Failure(
                .unavailable,
                "\(self.directory) exists already. Remove it, or name a new folder.")
        }
        deployment = Deployment(self.directory)
        self.samples = try Samples(in: samples)
        guard try !isPrepared || deployment.nodes().map(\.name) == self.samples.banks else {
            let needed = self.samples.banks.map(\.text).joined(separator: " ")
            throw Failure(
                .unavailable,
                "The samples need the banks \(needed) in \(self.directory), and no others. Make "
                    + "them with: \(deployment.command("init", needed))")
        }
        self.kills = kills
        self.seed = seed
    }

    func run() async throws -> DemoReport {
        let names = samples.banks.map(\.text).joined(separator: ", ")
        writeError("Setting up \(names) in \(directory)")
        try deployment.create(samples.banks)
        let children = samples.banks.map { ChildNode(deployment.node($0), in: directory) }
        var clients: [NodeName: NodeClient] = [:]
        for child in children {
            let options = try await NodeOptions(of: child.folder, flags: [:])
            clients[child.folder.name] = child.folder.client(options)
        }
        do {
            let results = try await send(children, clients)
            for child in children {
                guard await child.stop() == 0 else {
                    throw Failure(
                        .unavailable,
                        "\(child.folder.name) did not end well: see \(child.folder.url.path)"
                            + "/node.out")
                }
            }
            return try await report(on: results)
        } catch {
            for child in children { await child.kill() }
            throw error
        }
    }

    private func send(
        _ children: [ChildNode], _ clients: [NodeName: NodeClient]
    ) async throws -> LineResults {
        for child in children { try child.start() }
        for client in clients.values { try await client.waitUntilHealthy() }
        try await samples.openAccounts(at: clients)
        let submission = Submission(samples.file, to: clients, patience: .seconds(60))
        let file = try ResultFile(
            deployment.folder.appendingPathComponent("results.csv").path, for: samples.file)
        let nemesis = Nemesis(
            children, kills: kills, among: samples.file.count, seed: seed)
        let progress = Mutex(ProgressLine(total: samples.file.count))
        async let killing: Void = nemesis.run()
        let faults = await submission.run { state in
            nemesis.passed(state.answered)
            progress.withLock { $0.show(state.decided, "decided, \(state.answered) answered") }
        }
        nemesis.finish()
        try await killing
        progress.withLock { $0.end() }
        try file.write(submission.results)
        if let fault = faults.first {
            throw Failure(.unavailable, "\(fault.bank): \(fault.reason)")
        }
        return submission.results
    }

    private func report(on results: LineResults) async throws -> DemoReport {
        var audits: [LogAudit<Ledger>] = []
        for bank in try deployment.nodes() {
            audits.append(try await audit(bank, as: Ledger(node: bank.name)))
        }
        return DemoReport(
            directory: directory, results: results, surprises: samples.surprises(in: results),
            books: TrialBalance(audits.map(\.state)),
            entries: audits.reduce(0) { $0 + Int($1.end.position.number) }, kills: kills,
            seed: seed)
    }
}

/// Kills a bank now and then, and starts it again.
final class Nemesis: Sendable {
    private let children: [ChildNode]
    /// How many lines are answered when a kill is due, ascending.
    private let moments: [Int]
    private let victims: [Int]
    private let (passes, pass) = AsyncStream.makeStream(of: Int.self)

    init(_ children: [ChildNode], kills: Int, among lines: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        self.children = children
        // One in each stretch of the file, at a random point of it.
        let stretch = max(lines / max(kills, 1), 1)
        moments = (0..<kills).map { $0 * stretch + Int.random(in: 0..<stretch, using: &random) }
        victims = (0..<kills).map { _ in Int.random(in: children.indices, using: &random) }
    }

    /// So many lines are answered now.
    func passed(_ answered: Int) { pass.yield(answered) }

    func finish() { pass.finish() }

    func run() async throws {
        var next = 0
        for await answered in passes {
            while next < moments.count, moments[next] <= answered {
                let victim = children[victims[next]]
                await victim.kill()
                try victim.start()
                next += 1
            }
        }
        // A kill that was due after the last answer still takes place.
        for index in next..<moments.count {
            await children[victims[index]].kill()
            try children[victims[index]].start()
        }
    }
}
