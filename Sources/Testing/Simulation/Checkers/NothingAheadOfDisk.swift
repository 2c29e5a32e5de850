import Chain
import Engine
import Links
import Saga
import Wire

/// What a peer is shown stands in the sender's durable log, with the proof of it, and no approver
/// is asked about a step that the log does not know.
struct NothingAheadOfDisk<P: WireParticipant>: Checker {
    /// By node, the leaves of the entries that peers may be shown.
    private var leaves: [[Position: Hash]]

    init(nodes count: Int) {
        leaves = Array(repeating: [:], count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, _):
            for entry in commit.entries where !entry.parts.shown.isEmpty {
                leaves[node][entry.position] = MerkleTree.leaf(of: entry)
            }
        case .shown(let node, let excerpt): try check(excerpt, of: node, truth)
        case .asked(let node, let step):
            guard truth.states[node].stepState(step) != .unknown else {
                throw Violation(
                    "NothingAheadOfDisk",
                    "\(truth.names[node]) asks about step \(step), which its log does not know",
                    saga: step.saga.command)
            }
        default: break
        }
    }

    private func check(
        _ excerpt: Excerpt, of node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        let name = truth.names[node]
        let header = excerpt.newest
        guard truth.commit(header.hash, of: name)?.signed == header.signed else {
            throw Violation(
                "NothingAheadOfDisk",
                "\(name) shows commit \(header.header.number), which its log does not have")
        }
        for entry in excerpt.entries where leaves[node][entry.position] != entry.leaf {
            throw Violation(
                "NothingAheadOfDisk",
                "\(name) shows an entry at \(entry.position), where its log has another",
                saga: entry.saga)
        }
        do throws(ExcerptFault) {
            try excerpt.verify()
        } catch {
            throw Violation("NothingAheadOfDisk", "\(name) shows what proves nothing: \(error)")
        }
    }
}
