import Engine
import EventLog
import Saga
import Wire

/// What a node remembers of a peer's log is what stood there: a header of a durable commit, as it
/// was signed.
struct WitnessesSigned<P: WireParticipant>: Checker {
    private struct Seal: Hashable {
        let header: [UInt8]
        let signature: [UInt8]
    }

    private var seals: [Set<Seal>]

    init(nodes count: Int) {
        seals = Array(repeating: [], count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        guard case .appended(let node, let commit, let events) = observation else { return }
        seals[node].insert(Seal(header: commit.headerBytes, signature: commit.signature))
        for case .witnessed(let peer, let header) in events {
            guard let other = truth.index(of: peer) else { continue }
            let seal = Seal(header: header.bytes, signature: header.signature)
            guard seals[other].contains(seal) else {
                throw Violation(
                    "WitnessesSigned",
                    "\(truth.names[node]) believes a header of \(peer) that \(peer) never signed")
            }
        }
    }
}
