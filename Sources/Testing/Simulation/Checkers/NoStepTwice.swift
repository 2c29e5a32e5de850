import Engine
import Saga
import Wire

/// No step is decided twice, or reserved after it was decided.
struct NoStepTwice<P: WireParticipant>: Checker {
    private var decided: [Set<StepID>]
    private var reserved: [Set<StepID>]

    init(nodes count: Int) {
        decided = Array(repeating: [], count: count)
        reserved = decided
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .stepDecided(let event) in events {
            let isNew =
                switch event.state {
                case .confirmed, .cancelled: decided[node].insert(event.step).inserted
                case .reserved:
                    reserved[node].insert(event.step).inserted
                        && !decided[node].contains(event.step)
                case .deciding: !decided[node].contains(event.step)
                case .unknown: false
                }
            guard isNew else {
                throw Violation(
                    "NoStepTwice", "\(truth.names[node]) did step \(event.step) twice",
                    saga: event.step.saga.command)
            }
        }
    }
}
