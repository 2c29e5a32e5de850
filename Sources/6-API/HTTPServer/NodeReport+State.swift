import APIModels
import Engine
import Saga
import Wire

extension NodeReport {
    init<P: WireParticipant>(
        _ state: State<P>, peers: [NodeName], _ conditions: [ConditionReport],
        _ holds: [HoldReport]?
    ) {
        self.init(
            node: state.node, version: GiroVersion.current, position: state.position,
            time: state.time, openSagas: state.openSagas, quarantined: state.quarantined,
            peers: peers,
            suspendedPeers: state.links.keys.filter(state.isSuspended).sorted(),
            stoppedPeers: state.stoppedPeers.sorted(), timeline: state.timelineNumber,
            fork: state.timeline?.fork, conditions: conditions, holds: holds)
    }
}
