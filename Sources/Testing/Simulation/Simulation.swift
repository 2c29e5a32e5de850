import Chain
import EventLog
import Saga

/// A network of nodes in one thread, with a seeded scheduler: what the production code does when
/// everything around it goes wrong.
///
/// The same seed makes the same run, to the hash of every log.
public struct Simulation<S: Scenario>: Sendable {
    /// The participants, the clients' wishes and the claims about them.
    public var scenario: S
    /// The source of all chance in the run.
    public var seed: UInt64
    /// The rates of what goes wrong while clients work.
    public var faults: Faults
    /// The number of nodes and sagas, and the time for them.
    public var workload: Workload

    /// - Parameters:
    ///   - scenario: The participants, the clients' wishes and the claims about them.
    ///   - seed: The source of all chance in the run.
    ///   - faults: `nil`: a mixture that depends on the seed.
    ///   - workload: The number of nodes and sagas, and the time for them.
    public init(
        of scenario: S, seed: UInt64, faults: Faults? = nil, workload: Workload = Workload()
    ) {
        self.scenario = scenario
        self.seed = seed
        self.faults = faults ?? .mixed(seed: seed)
        self.workload = workload
    }

    /// Runs on a dedicated thread until all sagas have ended and all is answered, or the first
    /// checker objects.
    public func report() async -> SimulationReport {
        for await (report, _) in SimulationRuns([self], threads: 1).reports() { return report }
        preconditionFailure("a run ends with a report")
    }

    /// Blocks the calling thread, which must not be one of those that Swift's tasks run on.
    func run() -> SimulationReport {
        let world = World(self)
        world.run()
        return SimulationReport(
            seed: seed, faults: faults, counts: world.counts, coverage: world.coverage,
            digests: world.sites.map(\.disk.log.head.commitHash),
            failure: world.violation.map { violation in
                .init(
                    checker: violation.checker, message: violation.message,
                    trail: violation.saga.map(world.trail(of:)) ?? [])
            })
    }
}
