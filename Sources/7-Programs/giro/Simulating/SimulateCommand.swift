import ArgumentParser
import Foundation
import Simulation

/// Runs networks of banks in one thread each, with everything going wrong around them.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Let everything go wrong around simulated banks, and check what they do.",
        discussion: """
            Each seed makes one network, one workload and one schedule of faults: the same seed \
            makes the same run, to the hash of every log. A claim that does not hold ends the \
            command with exit code 1, the smallest run that still shows it, and how to repeat it.
            """)

    @Option(help: "The first seed.")
    var seed: UInt64 = 1
    @Option(help: "How many seeds, one after the other.")
    var seeds: UInt64 = 1
    @Option(help: "How many sagas clients begin in each run.")
    var sagas = 40
    @Option(help: "How long they run, in virtual seconds.")
    var seconds: Int64 = 30
    @Option(help: "How many banks, 2 to 7; by default as the seed says.")
    var nodes: Int?
    @Option(
        parsing: .upToNextOption,
        help: "Only these faults, in parts per thousand, as crash=5; none for no faults.")
    var faults: [FaultRate] = []
    @Option(help: "How many runs at once; by default one per core.")
    var threads = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Do not look for the smallest run that fails.")
    var asIs = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard seeds > 0, sagas > 0, seconds > 0, threads > 0, nodes.map({ (2...7) ~= $0 }) ?? true
        else {
            throw ValidationError("Seeds, sagas, seconds and threads are at least 1, nodes 2 to 7.")
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            var sum = SimulationSum()
            var progress = ProgressLine(total: Int(seeds))
            for await (report, took) in SimulationRuns(simulations, threads: threads).reports() {
                sum.add(report, took)
                progress.show(Int(sum.seeds), "\(sum.failures.count) violations")
            }
            progress.end()
            if let failure = sum.failures.first { await explain(failure) }
            try output.show(sum.details) { sum.text }
            if output.json { print(sum.json) }
            guard sum.failures.isEmpty else { throw ExitCode(1) }
        }
    }

    private var simulations: [Simulation<BankScenario>] {
        var workload = Workload()
        workload.sagas = sagas
        workload.seconds = seconds
        workload.nodes = nodes
        return (seed..<seed + seeds).map { seed in
            Simulation(
                of: BankScenario(), seed: seed, faults: Faults(faults), workload: workload)
        }
    }

    /// The smallest run that fails in the same way, and how to repeat it.
    private func explain(_ report: SimulationReport) async {
        guard let failure = report.failure,
            var simulation = simulations.first(where: { $0.seed == report.seed })
        else { return }
        if !asIs {
            writeError("looking for the smallest run in which \(failure.checker) fails")
            simulation = await simulation.shrunk(keeping: failure)
        }
        writeError("\(await simulation.report())")
        writeError("Repeat it with: \(line(for: simulation))")
    }

    private func line(for simulation: Simulation<BankScenario>) -> String {
        let workload = simulation.workload
        let nodes = workload.nodes.map { " --nodes \($0)" } ?? ""
        let rates = simulation.faults.rates.map { "\($0.name)=\($0.rate)" }
        return """
            giro simulate --seed \(simulation.seed) --sagas \(workload.sagas) --seconds \
            \(workload.seconds)\(nodes) --as-is --faults \
            \(rates.isEmpty ? "none" : rates.joined(separator: " "))
            """
    }
}

/// A kind of fault and how often it happens, as the command line says it.
struct FaultRate: ExpressibleByArgument {
    let name: String
    let perMille: Int

    init?(argument: String) {
        if argument == "none" {
            (name, perMille) = ("", 0)
            return
        }
        let parts = argument.split(separator: "=")
        guard parts.count == 2, let perMille = Int(parts[1]), (0...1_000) ~= perMille,
            Faults.names.contains(String(parts[0]))
        else { return nil }
        name = String(parts[0])
        self.perMille = perMille
    }
}

extension Faults {
    /// - Returns: `nil` where nothing was said: a mixture.
    fileprivate init?(_ rates: [FaultRate]) {
        guard !rates.isEmpty else { return nil }
        self = .none
        for rate in rates where !rate.name.isEmpty { set(rate.name, to: rate.perMille) }
    }
}
