import Chain
import Engine
import Links
import Saga
import Wire

/// Memory is a fold of the log: the state after a start from a snapshot, and what a process has in
/// memory, is what the durable bytes say.
struct ReplayEqualsLive<P: WireParticipant>: Checker {
    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .recovered(let node, let state):
            guard state == truth.states[node] else {
                throw violation(state, truth.states[node], "from a snapshot")
            }
        case .sawAll(let node, let state) where state.position == truth.states[node].position:
            guard state.isSame(as: truth.states[node]) else {
                throw violation(state, truth.states[node], "in memory")
            }
        default: break
        }
    }

    private func violation(
        _ state: State<P>, _ truth: State<P>, _ place: String
    ) -> Violation {
        let differing = Set(state.commands.keys).union(truth.commands.keys)
            .filter { state.commands[$0] != truth.commands[$0] }
        return Violation(
            "ReplayEqualsLive", "the state of \(state.node) \(place) is not what its log says",
            saga: differing.min())
    }
}

extension State {
    /// But for inboxes: their cursors are ahead of the log by records that had no effect, and go
    /// back where a topic was made again.
    fileprivate func isSame(as other: Self) -> Bool {
        // A read in the middle of a batch sees the time of the commit before.
        position == other.position && publicKey == other.publicKey
            && participant == other.participant && commands == other.commands
            && openSagas == other.openSagas && openSteps == other.openSteps
            && openShares == other.openShares && stoppedPeers == other.stoppedPeers
            && quarantined == other.quarantined && deadLetters == other.deadLetters
            && hasSameLinks(as: other)
    }

    private func hasSameLinks(as other: Self) -> Bool {
        links == other.links && given == other.given && waiting == other.waiting
            && reads == other.reads && beginnings == other.beginnings
            && repeating == other.repeating && forgetting == other.forgetting
            && timeline == other.timeline
    }
}
