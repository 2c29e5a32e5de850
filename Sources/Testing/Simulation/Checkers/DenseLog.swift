import Chain
import Engine
import Saga
import Wire

/// Logs are dense chains, each by one writer at a time: positions without gaps, each commit on its
/// predecessor, time and epoch never going back, and never two commits at one place, not even after
/// a disk was rewound. No node begins a timeline: no loss is accepted here.
struct DenseLog<P: WireParticipant>: Checker {
    private struct End {
        var position = Position.start
        var hash = Hash.zero
        var number: UInt64 = 0
        var time = Timestamp.distantPast
        /// The newest writer's.
        var epoch = Epoch(0)
        /// By last position.
        var commits: [Position: Hash] = [:]
    }

    private var ends: [End]

    init(nodes count: Int) {
        ends = Array(repeating: End(), count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .tookOver(let node, _, let head): try takeOver(head, node, truth)
        case .appended(let node, let commit, _): try extend(node, commit, truth)
        case .restored(let node, let commit):
            guard ends[node].commits[commit.header.last] == commit.hash else {
                throw violation(node, "two commits at \(commit.header.last)", truth)
            }
        default: break
        }
    }

    private mutating func takeOver(
        _ head: Head, _ node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        ends[node].epoch = head.epoch
        guard head.position == .start || ends[node].commits[head.position] == head.commitHash
        else { throw violation(node, "its head is no commit of its log", truth) }
    }

    private mutating func extend(
        _ node: Int, _ commit: Commit, _ truth: Truth<P>
    ) throws(Violation) {
        let end = ends[node]
        let header = commit.header
        guard header.node == truth.names[node], header.first == end.position + 1,
            header.number == end.number + 1, header.previousHash == end.hash,
            header.last == header.first + (commit.entries.count - 1)
        else { throw violation(node, "the commit at \(header.first) does not fit", truth) }
        guard commit.entries.allSatisfy({ $0.saga != CommandID(high: 0, low: 0) }) else {
            // In the Merkle tree it could not be told from an entry without a saga.
            throw violation(node, "an entry stands under the UUID of zeros", truth)
        }
        guard header.time >= end.time else {
            throw violation(node, "time went back at \(header.first)", truth)
        }
        guard header.epoch == end.epoch else {
            throw violation(node, "another writer's commit stands at \(header.first)", truth)
        }
        guard header.timeline == 0, commit.inboxes.values.allSatisfy({ $0 >= 0 }) else {
            throw violation(
                node, "a timeline or an inbox cursor is out of place at \(header.first)", truth)
        }
        ends[node].position = header.last
        ends[node].hash = commit.hash
        ends[node].number = header.number
        ends[node].time = header.time
        ends[node].commits[header.last] = commit.hash
    }

    private func violation(_ node: Int, _ message: String, _ truth: Truth<P>) -> Violation {
        Violation("DenseLog", "\(truth.names[node]): \(message)")
    }
}
