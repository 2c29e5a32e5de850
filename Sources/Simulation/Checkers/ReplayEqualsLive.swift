import Engine
import EventLog
import Saga

/// Memory is a fold of the log: what recovery comes to, from a snapshot or from the beginning, and
/// what the engine holds when nothing is in flight, is what the durable bytes say.
struct ReplayEqualsLive: Checker {
    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        switch observation {
        case .recovered(let node, let state, _):
            let truth = world.truth.states[node]
            guard state == truth else { throw violation(state, truth, "recovered") }
        case .atRest(let node, let state):
            let truth = world.truth.states[node]
            // The cursor may be ahead of the log by records that had no effect.
            guard state.isSame(as: truth) else { throw violation(state, truth, "in memory") }
        default: break
        }
    }

    private func violation(
        _ state: State<Bank>, _ truth: State<Bank>, _ place: String
    ) -> Violation {
        let differing = Set(state.sagas.keys).union(truth.sagas.keys)
            .filter { state.sagas[$0] != truth.sagas[$0] }
        return Violation(
            "ReplayEqualsLive", "the state of \(state.node) \(place) is not what its log says",
            saga: differing.min())
    }
}

extension State<Bank> {
    fileprivate func isSame(as other: Self) -> Bool {
        position == other.position && time == other.time && publicKey == other.publicKey
            && participant == other.participant && sagas == other.sagas
            && openSagas == other.openSagas && quarantined == other.quarantined
            && inbox.incarnation == other.inbox.incarnation
            && inbox.offset >= other.inbox.offset
    }
}
