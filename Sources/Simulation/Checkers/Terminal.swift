import Approval
import Engine
import Ledger
import Saga
import Stock

/// Once faults and clients have stopped, every saga ends, nothing is held, no step is undecided,
/// and every client has its answer.
struct Terminal: Checker {
    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        switch observation {
        case .outOfTime, .ended:
            for state in world.truth.states { try check(state) }
            guard case .ended = observation else {
                throw Violation("Terminal", "\(world.unrest) long after all faults stopped")
            }
        default: break
        }
    }

    private func check(_ state: State<Bank>) throws(Violation) {
        let open = state.sagas.filter { saga in
            saga.value.steps.contains { !$0.state.isTerminal }
        }
        guard open.isEmpty, state.openSagas == 0 else {
            throw Violation(
                "Terminal", "\(open.count) sagas are open at \(state.node)", saga: open.keys.min())
        }
        let bank = state.participant
        guard bank.ledger.heldSteps.isEmpty, bank.stock.reservations.isEmpty,
            bank.approval.questions.isEmpty,
            bank.ledger.accounts.values.allSatisfy({ $0.held == 0 && $0.incoming == 0 }),
            bank.ledger.clearings.values.allSatisfy({ $0.inbound == 0 && $0.outbound == 0 }),
            bank.stock.shelves.values.allSatisfy({ $0.reserved == 0 })
        else { throw Violation("Terminal", "something is still held at \(state.node)") }
    }
}
