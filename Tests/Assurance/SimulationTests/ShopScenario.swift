import Engine
import Saga
import Simulation
import Stock
import StockWire
import Wire

/// Two shops that lend each other goods: an example of simulating one's own participant. Four
/// functions and a claim.
struct ShopScenario: Scenario {
    func participant(of node: NodeName) -> Stock { Stock() }

    /// Ten lamps on every shelf.
    func preparations(of node: NodeName, in network: Network) -> [[StockOperation]] {
        Stock.Units(10, of: "lamp").map { [[.stock($0)]] } ?? []
    }

    func nextWish(in network: Network, _ dice: inout Dice) -> Wish<Stock> {
        .begin(nextSaga(at: dice.pick(network.names), in: network, &dice))
    }

    /// A customer takes a lamp or two from this shop, and one from the shop next door: all or none.
    func nextSaga(
        at node: NodeName, in network: Network, _ dice: inout Dice
    ) -> SagaPlan<StockAction> {
        let steps = [node, dice.pick(network.peers(of: node))].map { shop in
            Itinerary<StockAction>.Step(
                node: shop,
                actions: [Stock.Units(dice.number(1...2), of: "lamp")].compactMap { $0 }.map {
                    .take($0)
                })
        }
        return SagaPlan(Itinerary(steps: steps), within: .seconds(20))
    }

    func checkers(in network: Network) -> [any Checker<Stock>] { [NoLampFromNowhere()] }
}

/// No shop sells more than the ten lamps it had.
struct NoLampFromNowhere: Checker {
    func observe(_ observation: Observation<Stock>, _ truth: Truth<Stock>) throws(Violation) {
        guard case .folded(let node, _, _) = observation,
            let shelf = truth.states[node].participant.shelves["lamp"]
        else { return }
        guard shelf.free >= 0, shelf.reserved >= 0, shelf.free + shelf.reserved <= 10 else {
            throw Violation("NoLampFromNowhere", "\(truth.names[node]) has \(shelf)")
        }
    }
}
