import Simulation
import TestTags
import Testing

/// A seed is worth nothing if it does not make the same run again.
@Suite(.tags(.slow)) struct DeterminismTests {
    @Test("The same seed makes the same run, to the hash of every log", arguments: [3, 77, 140])
    func isDeterministic(_ seed: UInt64) async {
        var reports: [SimulationReport] = []
        let simulation = Simulation(of: BankScenario(), seed: seed)
        for await (report, _) in SimulationRuns([simulation, simulation], threads: 2).reports() {
            reports.append(report)
        }
        #expect(reports.count == 2)
        #expect(reports[0].digests == reports[1].digests)
        #expect(reports[0].counts == reports[1].counts)
        for await (other, _) in SimulationRuns(
            [Simulation(of: BankScenario(), seed: seed + 1)], threads: 1
        ).reports() {
            #expect(other.digests != reports[0].digests)
        }
    }
}
