import Ledger
import Saga

/// No step is decided, held or closed twice, and nothing is closed that was not held.
struct NoStepTwice: Checker {
    fileprivate struct Marks {
        var decided: Set<StepID> = []
        var held: Set<StepID> = []
        var closed: Set<StepID> = []
    }

    private var nodes: [Marks]

    init(nodes count: Int) {
        nodes = Array(repeating: Marks(), count: count)
    }

    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .stepDecided(let decided) in events {
            let isNew = nodes[node].mark(decided)
            guard isNew else {
                throw Violation(
                    "NoStepTwice",
                    "\(world.truth.names[node]) did step \(decided.step) twice",
                    saga: decided.step.saga)
            }
        }
    }
}

extension NoStepTwice.Marks {
    /// - Returns: `false` if any of it had been done before.
    fileprivate mutating func mark(_ decided: StepDecided<Bank.Fact>) -> Bool {
        var isNew = true
        if decided.state.isTerminal { isNew = self.decided.insert(decided.step).inserted }
        for fact in decided.ledgerFacts {
            switch fact {
            case .held(let step, _):
                isNew = isNew && step.id == decided.step && held.insert(step.id).inserted
            case .settled(let step, _), .released(let step, _):
                isNew =
                    isNew && step == decided.step && held.contains(step)
                    && closed.insert(step).inserted
            default: isNew = false
            }
        }
        return isNew
    }
}
