import Engine
import Ledger
import Saga

/// No peer ever owes more than the operator allowed, reserved steps included.
struct ExposureWithinLimit: Checker {
    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        guard case .folded(let node, _, _) = observation else { return }
        let ledger = world.truth.states[node].participant.ledger
        for peer in world.truth.names {
            for currency in Clients.currencies {
                let exposure = ledger.clearing(with: peer, in: currency).exposure
                guard exposure <= Clients.exposureLimit(in: currency) else {
                    throw Violation(
                        "ExposureWithinLimit",
                        "\(peer) may owe \(exposure) \(currency) to \(world.truth.names[node])")
                }
            }
        }
    }
}
