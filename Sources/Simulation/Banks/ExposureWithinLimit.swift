import Engine
import Ledger
import Saga

/// No peer ever owes more than the operator allowed, reserved steps included.
struct ExposureWithinLimit: Checker {
    func observe(_ observation: Observation<Bank>, _ truth: Truth<Bank>) throws(Violation) {
        guard case .folded(let node, _, _) = observation else { return }
        for (key, clearing) in truth.states[node].participant.ledger.clearings {
            let limit = BankScenario.exposureLimit(in: key.currency)
            guard clearing.exposure <= limit else {
                throw Violation(
                    "ExposureWithinLimit",
                    "\(key.peer) may owe \(clearing.exposure) \(key.currency) to "
                        + "\(truth.names[node])")
            }
        }
    }
}
