import Saga
import Simulation
import Testing

/// 200 fixed seeds: networks of two to four banks, forty transfers each, every kind of fault.
@Suite struct SeedTests {
    @Test("All claims hold while everything goes wrong, and every cell of the table is reached")
    func holds() async {
        var counts = Counts()
        var coverage = Coverage()
        for await report in reports(of: 1...200, Workload()) {
            #expect(report.failure == nil, "\(report)")
            counts += report.counts
            coverage += report.coverage
        }
        #expect(coverage.missingCells.isEmpty, "nobody came to \(coverage.missingCells)")
        #expect(
            Set(coverage.quarantines.keys) == Set(Quarantined.Cause.allCases),
            "quarantined were only \(coverage.quarantines)")
        #expect(counts.transfers == 200 * Workload().transfers)
        #expect(counts.settled > counts.transfers / 4, "\(counts)")
        #expect(counts.rolledBack > counts.transfers / 10, "\(counts)")
        #expect(counts.wipes > 0 && counts.dropped > 0 && counts.conflicts > 0, "\(counts)")
    }

    @Test("A longer and busier run holds as well")
    func longRunsHold() async {
        var workload = Workload()
        workload.transfers = 150
        workload.seconds = 90
        for await report in reports(of: 1_001...1_006, workload) {
            #expect(report.failure == nil, "\(report)")
        }
    }

    @Test("Without faults nothing is asked twice, restarted or quarantined")
    func calm() {
        let report = Simulation(seed: 1, faults: Faults.none).run()
        #expect(report.failure == nil, "\(report)")
        #expect(report.coverage.quarantines.isEmpty)
        #expect(report.counts.inboxesRestarted == 0 && report.counts.crashes == 0)
    }

    @Test("The same seed makes the same run, to the hash of every log", arguments: [3, 77, 140])
    func isDeterministic(_ seed: UInt64) {
        let first = Simulation(seed: seed).run()
        let second = Simulation(seed: seed).run()
        #expect(first.digests == second.digests)
        #expect(first.counts == second.counts)
        #expect(first.digests != Simulation(seed: seed + 1).run().digests)
    }

    /// Runs the seeds side by side; reports come as they finish.
    private func reports(
        of seeds: ClosedRange<UInt64>, _ workload: Workload
    ) -> AsyncStream<SimulationReport> {
        AsyncStream { continuation in
            let runs = Task {
                await withTaskGroup(of: Void.self) { group in
                    for seed in seeds {
                        group.addTask {
                            continuation.yield(Simulation(seed: seed, workload: workload).run())
                        }
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in runs.cancel() }
        }
    }
}
