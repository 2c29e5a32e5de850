import Saga
import Simulation
import Stock
import StockWire
import Testing

/// Developers can simulate their own participant as Giro simulates its own.
@Suite struct ScenarioTests {
    @Test("A participant of one's own holds under all faults")
    func shops() async {
        let runs = SimulationRuns(
            (1...10).map { Simulation(of: ShopScenario(), seed: $0) }, threads: 2)
        var settled = 0
        var refusals: Set<Refusal> = []
        for await (report, _) in runs.reports() {
            #expect(report.failure == nil, "\(report)")
            settled += report.counts.settled
            refusals.formUnion(report.coverage.refusals.keys)
        }
        #expect(settled > 0)
        #expect(refusals.contains(.soldOut))
    }

    @Test("A claim that does not hold ends the run, with the smallest one that shows it")
    func wrongClaim() async throws {
        let simulation = Simulation(of: PessimistScenario(), seed: 5)
        let failure = try #require(await simulation.report().failure)
        #expect(failure.checker == "NothingIsEverSold")
        #expect(!failure.trail.isEmpty)
        let smallest = await simulation.shrunk(keeping: failure)
        #expect(smallest.workload.sagas < simulation.workload.sagas)
        #expect(smallest.faults.rates.count < simulation.faults.rates.count)
        #expect(await smallest.report().failure?.checker == "NothingIsEverSold")
    }
}

/// The shops again, with a checker that claims what does not hold.
private struct PessimistScenario: Scenario {
    private let shops = ShopScenario()

    func participant(of node: NodeName) -> Stock { shops.participant(of: node) }

    func preparations(of node: NodeName, in network: Network) -> [[StockOperation]] {
        shops.preparations(of: node, in: network)
    }

    func nextWish(in network: Network, _ dice: inout Dice) -> Wish<Stock> {
        shops.nextWish(in: network, &dice)
    }

    func nextSaga(
        at node: NodeName, in network: Network, _ dice: inout Dice
    ) -> SagaPlan<StockAction> {
        shops.nextSaga(at: node, in: network, &dice)
    }

    func checkers(in network: Network) -> [any Checker<Stock>] { [NothingIsEverSold()] }
}

private struct NothingIsEverSold: Checker {
    func observe(_ observation: Observation<Stock>, _ truth: Truth<Stock>) throws(Violation) {
        guard case .appended(_, _, let events) = observation else { return }
        for case .stepDecided(let decided) in events where decided.state == .confirmed {
            throw Violation(
                "NothingIsEverSold", "a lamp was sold", saga: decided.step.saga.command)
        }
    }
}
