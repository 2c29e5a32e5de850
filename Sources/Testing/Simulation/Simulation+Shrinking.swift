extension Simulation {
    /// The smallest simulation found that still fails in the same claim: fewer sagas, less time,
    /// fewer nodes, fewer kinds of faults.
    ///
    /// - Parameters:
    ///   - failure: The failure that ``report()`` returned.
    ///   - runsMax: How many runs it may take.
    public func shrunk(
        keeping failure: SimulationReport.Failure, runsMax: Int = 60
    ) async -> Simulation {
        var smallest = self
        var runs = 0
        var isSmaller = true
        while isSmaller, runs < runsMax {
            isSmaller = false
            for candidate in smallest.smaller() where runs < runsMax {
                runs += 1
                guard await candidate.report().failure?.checker == failure.checker else { continue }
                smallest = candidate
                isSmaller = true
                break
            }
        }
        return smallest
    }

    /// Each a step smaller in one way; the biggest steps first.
    private func smaller() -> [Simulation] {
        var all: [Simulation] = []
        func add(_ change: (inout Simulation) -> Void) {
            var other = self
            change(&other)
            all.append(other)
        }
        if workload.sagas > 1 {
            add { $0.workload.sagas /= 2 }
            add { $0.workload.sagas -= 1 }
        }
        if workload.seconds > 1 { add { $0.workload.seconds /= 2 } }
        for nodes in 2..<(workload.nodes ?? 8) { add { $0.workload.nodes = nodes } }
        for kind in faults.rates { add { $0.faults.set(kind.name, to: 0) } }
        return all
    }
}
