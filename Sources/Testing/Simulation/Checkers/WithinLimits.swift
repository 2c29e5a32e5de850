import Chain
import Engine
import Saga
import Wire

/// A node takes on no more than its limits allow, for any client or peer: no more open sagas, in
/// all and of each peer's and client's share, and no step whose deadline is further ahead than the
/// longest, and what clocks may differ by.
struct WithinLimits<P: WireParticipant>: Checker {
    /// What is open at a node, counted from its log alone.
    private struct Room {
        /// Each with the shares that it takes room of.
        var steps: [StepID: [OpenShare]] = [:]
        var used: [OpenShare: Int] = [:]
    }

    private let limits: Limits
    private var rooms: [Room]

    init(_ limits: Limits, nodes count: Int) {
        self.limits = limits
        rooms = Array(repeating: Room(), count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, let events):
            for case .stepDecided(let decided) in events {
                if decided.state.isTerminal {
                    leave(decided.step, at: node)
                } else {
                    try enter(decided, at: node, truth)
                }
                guard decided.state != .cancelled else { continue }
                try check(decided, at: node, commit.header.time, truth)
            }
        case .folded(let node, _, _):
            let open = truth.states[node].openSagas
            guard open <= limits.openSagasMax else {
                throw Violation("WithinLimits", "\(truth.names[node]) has \(open) open sagas")
            }
        default: break
        }
    }

    /// A step that stays open needs room in each of its shares.
    private mutating func enter(
        _ decided: StepDecided<P.Fact>, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        let (step, saga) = (decided.step, decided.step.saga)
        guard rooms[node].steps[step] == nil else { return }
        rooms[node].steps[step] = decided.shares
        for share in decided.shares {
            rooms[node].used[share, default: 0] += 1
            let used = rooms[node].used[share, default: 0]
            guard used <= limits.openMax(of: share) else {
                throw Violation(
                    "WithinLimits", "\(truth.names[node]) has \(used) open steps of \(share)",
                    saga: saga.command)
            }
        }
    }

    private mutating func leave(_ step: StepID, at node: Int) {
        guard let shares = rooms[node].steps.removeValue(forKey: step) else { return }
        for share in shares { rooms[node].used[share, default: 0] -= 1 }
    }

    private func check(
        _ decided: StepDecided<P.Fact>, at node: Int, _ time: Timestamp, _ truth: Truth<P>
    ) throws(Violation) {
        let skew = decided.previous == nil ? limits.receiptSkewMax : limits.clockSkewMax
        guard truth.states[node].stepState(decided.step) == .unknown,
            let deadline = decided.deadline, deadline > time + (limits.deadlineMax + skew)
        else { return }
        throw Violation(
            "WithinLimits",
            "\(truth.names[node]) began step \(decided.step), whose deadline is too far ahead",
            saga: decided.step.saga.command)
    }
}

extension StepDecided {
    /// Whose room it takes while it is open. The first entry of a client's step names the client.
    fileprivate var shares: [OpenShare] {
        var shares: [OpenShare] = []
        if let previous { shares.append(.asked(previous)) }
        if let next { shares.append(.waiting(next)) }
        if let next, let principal, fingerprint != nil { shares.append(.begun(principal, next)) }
        return shares
    }
}
