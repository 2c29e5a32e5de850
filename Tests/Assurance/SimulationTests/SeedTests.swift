import Engine
import Saga
import Simulation
import TestTags
import Testing

/// Fixed seeds: networks of two to seven banks, forty sagas each, every kind of fault.
@Suite(.tags(.slow)) struct SeedTests {
    @Test("All claims hold while everything goes wrong, and every cell is reached")
    func holds() async {
        var counts = Counts()
        var coverage = Coverage()
        for await (report, _) in runs(of: 1...120, Workload()).reports() {
            #expect(report.failure == nil, "\(report)")
            counts += report.counts
            coverage += report.coverage
        }
        #expect(coverage.missingCells.isEmpty, "nobody came to \(coverage.missingCells)")
        #expect(coverage.missingQuarantines.isEmpty, "\(coverage.missingQuarantines)")
        #expect(coverage.missingRefusals.isEmpty, "nobody was told \(coverage.missingRefusals)")
        #expect(counts.sagas == 120 * Workload().sagas)
        #expect(counts.settled > counts.sagas / 4, "\(counts)")
        #expect(counts.rolledBack > counts.sagas / 10, "\(counts)")
        for figure in counts.figures { #expect(figure.number > 0, "no \(figure.name)") }
    }

    @Test("A longer and busier run holds as well")
    func longRunsHold() async {
        var workload = Workload()
        workload.sagas = 300
        workload.seconds = 90
        for await (report, _) in runs(of: 1_001...1_002, workload).reports() {
            #expect(report.failure == nil, "\(report)")
        }
    }

    /// Hardly anything else goes wrong, so that it happens often: the clock jumps ahead, the bank
    /// is started under it and writes, and when the clock is right again approvers accept it.
    @Test("A bank whose log ends in the future works on under a clock that was accepted")
    func acceptedClocks() async {
        var faults = Faults.none
        faults.clockJump = 300
        faults.crash = 2
        var workload = Workload()
        workload.sagas = 30
        let simulations = (1...16).map {
            Simulation(of: BankScenario(), seed: $0, faults: faults, workload: workload)
        }
        var counts = Counts()
        for await (report, _) in SimulationRuns(simulations, threads: 2).reports() {
            #expect(report.failure == nil, "\(report)")
            counts += report.counts
        }
        #expect(counts.clocksAccepted > 3, "\(counts)")
    }

    /// Hardly anything else goes wrong, so that most of what is shown again, altered or forged
    /// comes where it could do harm.
    @Test("What attackers show and what a hostile peer signs does no harm")
    func attackers() async {
        var faults = Faults.none
        faults.lie = 700
        faults.stranger = 500
        faults.keyRotated = 100
        faults.messageLost = 50
        let simulations = (1...16).map {
            Simulation(of: BankScenario(), seed: $0, faults: faults)
        }
        var counts = Counts()
        for await (report, _) in SimulationRuns(simulations, threads: 2).reports() {
            #expect(report.failure == nil, "\(report)")
            counts += report.counts
        }
        #expect(counts.denials > 16 && counts.keysRotated > 0, "\(counts)")
        #expect(counts.lies > 100 && counts.strangers > 100, "\(counts)")
    }

    @Test("Without faults nothing is asked twice, restarted or quarantined")
    func calm() async {
        let calm = Simulation(of: BankScenario(), seed: 1, faults: Faults.none)
        for await (report, _) in SimulationRuns([calm], threads: 1).reports() {
            #expect(report.failure == nil, "\(report)")
            #expect(report.coverage.missingQuarantines.count == Quarantined.Cause.allCases.count)
            #expect(report.counts.crashes == 0 && report.counts.rewinds == 0)
        }
    }

    private func runs(
        of seeds: ClosedRange<UInt64>, _ workload: Workload
    ) -> SimulationRuns<BankScenario> {
        SimulationRuns(
            seeds.map { Simulation(of: BankScenario(), seed: $0, workload: workload) }, threads: 2)
    }
}
