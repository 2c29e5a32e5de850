import EventLog

/// A network of nodes in one thread, with a seeded scheduler: what the production engine does when
/// everything around it goes wrong.
///
/// The same seed makes the same run, to the hash of every log.
public struct Simulation: Sendable {
    public var seed: UInt64
    public var faults: Faults
    public var workload: Workload
    /// A bug to be found.
    public var mutation: Mutation?

    /// - Parameter faults: `nil`: a mixture that depends on the seed.
    public init(
        seed: UInt64, faults: Faults? = nil, workload: Workload = Workload(),
        mutation: Mutation? = nil
    ) {
        self.seed = seed
        self.faults = faults ?? .mixed(seed: seed)
        self.workload = workload
        self.mutation = mutation
    }

    /// Runs until all sagas have ended, or the first checker objects.
    public func run() -> SimulationReport {
        let world = World(seed: seed, faults: faults, workload: workload, mutation: mutation)
        var failure: SimulationReport.Failure?
        do throws(Violation) {
            try world.run()
        } catch {
            failure = .init(
                checker: error.checker, message: error.message,
                trail: error.saga.map(world.trail(of:)) ?? [])
        }
        return SimulationReport(
            seed: seed, counts: world.counts, coverage: world.coverage,
            digests: world.nodes.map(\.log.head.commitHash), failure: failure)
    }
}
