import Chain
import Engine
import Links
import Saga
import Wire

/// What a node remembers of a peer's log is what stands there: every header in its `read`s is that
/// of a durable commit, as the peer signed it, and none is older than one before it.
struct WitnessesSigned<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .appended(let node, _, let events) = observation else { return }
        for case .read(let read, let peer, let header) in events {
            guard let commit = truth.commit(read.header.hash, of: peer), commit.signed == header
            else {
                throw Violation(
                    "WitnessesSigned",
                    "\(truth.names[node]) accepted a header of \(peer) that \(peer) never signed")
            }
            let known = truth.states[node].links[peer]?.newest?.header.number ?? 0
            guard read.header.commit >= known else {
                throw Violation(
                    "WitnessesSigned",
                    "\(truth.names[node]) went back to commit \(read.header.commit) of \(peer)")
            }
        }
    }
}
