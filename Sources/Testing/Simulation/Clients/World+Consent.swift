import Engine
import Node
import Saga
import Wire

// Who is asked outside, by nodes whose steps are decided later.
extension World {
    /// Some think long; asked to stop, they say no. Some say nothing until then.
    func askForConsent(_ step: StepID, _ node: Int, stop: Bool) {
        let isSilent = step.saga.command.low % 8 == 3
        guard !dice.chance(faults.askLost), stop || !isSilent else { return }
        let isSlow = step.saga.command.low % 4 < 2
        let isApproved = !stop && !isDeclined(step)
        let delay =
            stop || !isSlow
            ? dice.number(10 * .millisecond...400 * .millisecond)
            : dice.number(.second...(8 * .second))
        plan(after: delay) { self.answer(step, node, isApproved) }
    }

    /// Whether who is asked about the step will surely never approve.
    func isDeclined(_ step: StepID) -> Bool { step.saga.command.low % 4 == 0 }

    private func answer(_ step: StepID, _ node: Int, _ isApproved: Bool) {
        guard let process = sites[node].writer, !dice.chance(faults.requestLost) else {
            return
        }
        let node: Node<P>? = process.node
        node?.offer({
            Input<P>.decide(step, approved: isApproved, by: .simulated, $0)
        }) { _ in }
    }
}
