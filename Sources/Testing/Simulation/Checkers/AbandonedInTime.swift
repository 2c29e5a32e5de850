import Chain
import Engine
import Saga
import Wire

/// Once faults have stopped, a saga that its client gave up ends soon, however far its deadline is,
/// and an approver who is asked about one of its steps is asked to stop.
struct AbandonedInTime<P: WireParticipant>: Checker {
    /// A relay pauses for a minute at most before it shows again what was not acknowledged, all
    /// relays on the way at once; behind that nothing waits but for an approver, who is asked to
    /// stop every ten seconds or so.
    private static var secondsMax: Int { 120 }

    /// By node, for how many calm seconds each saga that was given up has been open.
    private var waiting: [[CommandID: Int]]

    init(nodes count: Int) {
        waiting = Array(repeating: [:], count: count)
    }

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .folded(let node, _, let events):
            for case .abandonRequested(let request) in events where request.principal != nil {
                waiting[node][request.step.saga.command] = 0
            }
        case .calmSecondPassed:
            for node in waiting.indices { try wait(node, truth) }
        default: break
        }
    }

    private mutating func wait(_ node: Int, _ truth: Truth<P>) throws(Violation) {
        waiting[node] = waiting[node]
            .filter { isOpen($0.key, at: truth.states[node]) }
            .mapValues { $0 + 1 }
        let late = waiting[node].filter { $0.value > Self.secondsMax }.keys.min()
        guard let late else { return }
        throw Violation(
            "AbandonedInTime",
            "a client gave \(late) up, and \(truth.names[node]) has not ended it", saga: late)
    }

    private func isOpen(_ id: CommandID, at state: State<P>) -> Bool {
        state.sagas(named: id, max: 1).first?.step(0)?.state.isTerminal == false
    }
}
