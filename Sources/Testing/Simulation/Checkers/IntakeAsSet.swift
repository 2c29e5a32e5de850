import Engine
import Saga
import Wire

/// No step is begun for a peer whose intake the operator had stopped, and no content of what it
/// asks for is kept; none is refused as stopped while the intake was open.
struct IntakeAsSet<P: WireParticipant>: Checker {
    /// By node, the peers that its own log has stopped so far.
    private var stopped: [Set<NodeName>]

    init(nodes count: Int) {
        stopped = Array(repeating: [], count: count)
    }

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        // The truth does not hold this commit yet, which may begin a step and end it.
        var begun: Set<StepID> = []
        for event in events {
            switch event {
            case .intakeSet(let peer, .open, _): stopped[node].remove(peer)
            case .intakeSet(let peer, .stopped, _): stopped[node].insert(peer)
            case .stepDecided(let decided):
                guard truth.states[node].stepState(decided.step) == .unknown,
                    begun.insert(decided.step).inserted
                else { continue }
                try check(decided, at: node, truth)
            default: break
            }
        }
    }

    private func check(
        _ decided: StepDecided<P.Fact>, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        let (name, saga) = (truth.names[node], decided.step.saga.command)
        let isStopped = decided.previous.map { stopped[node].contains($0) } ?? false
        guard !isStopped || decided.state == .cancelled else {
            throw Violation(
                "IntakeAsSet", "\(name) begins \(decided.step) for a stopped peer", saga: saga)
        }
        guard isStopped || decided.refusal != .intakeStopped else {
            throw Violation(
                "IntakeAsSet", "\(name) refuses \(decided.step), but no peer is stopped",
                saga: saga)
        }
        guard !isStopped || decided.content.isEmpty else {
            throw Violation(
                "IntakeAsSet", "\(name) keeps the content of \(decided.step)", saga: saga)
        }
    }
}
