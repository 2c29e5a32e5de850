import Engine
import EventLog
import Saga

/// Logs are dense chains, each by one writer at a time: positions without gaps, each commit on its
/// predecessor, time, epoch and inbox cursor never going back, all of it signed.
struct DenseLog: Checker {
    private struct End {
        var position = Position.start
        var hash = Hash.zero
        var time = Timestamp.distantPast
        var inbox = InboxCursor.start
        /// The newest writer's.
        var epoch = Epoch(0)
    }

    private var ends: [End]

    init(nodes count: Int) {
        ends = Array(repeating: End(), count: count)
    }

    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        switch observation {
        case .recovered(let node, let state, let epoch):
            ends[node].epoch = epoch
            guard state.position == ends[node].position else {
                throw violation(
                    node, "reopened at \(state.position), its log ends at \(ends[node].position)",
                    world)
            }
        case .appended(let node, let commit, _): try extend(node, commit, world)
        case .ended:
            // Signatures take most of a run's time, so not all of them are verified.
            let lot = world.counts.commits % (3 * world.nodes.count)
            if lot < world.nodes.count { try verify(world.nodes[lot]) }
        default: break
        }
    }

    private mutating func extend(
        _ node: Int, _ commit: Commit, _ world: World
    ) throws(Violation) {
        let end = ends[node]
        let header = commit.header
        guard header.node == world.truth.names[node], header.first == end.position + 1,
            header.previousHash == end.hash,
            header.last == header.first + (commit.entries.count - 1)
        else { throw violation(node, "the commit at \(header.first) does not fit", world) }
        guard commit.entries.allSatisfy({ $0.saga != SagaID(high: 0, low: 0) }) else {
            // In the Merkle tree it could not be told from an entry without a saga.
            throw violation(node, "an entry stands under the UUID of zeros", world)
        }
        guard header.time >= end.time else {
            throw violation(node, "time went back at \(header.first)", world)
        }
        guard header.epoch == end.epoch else {
            throw violation(node, "another writer's commit stands at \(header.first)", world)
        }
        guard (header.inbox.incarnation, header.inbox.offset)
            >= (end.inbox.incarnation, end.inbox.offset)
        else { throw violation(node, "the inbox cursor went back at \(header.first)", world) }
        ends[node].position = header.last
        ends[node].hash = commit.hash
        ends[node].time = header.time
        ends[node].inbox = header.inbox
    }

    /// The whole chain with its signatures.
    private func verify(_ node: SimulatedNode) throws(Violation) {
        var chain = Chain(node: node.name, key: node.key.publicKey)
        do throws(ChainFault) {
            for commit in node.log.commits(after: .start, entriesMax: .max) {
                try chain.extend(with: commit)
            }
        } catch {
            throw Violation("DenseLog", "\(node.name): \(error)")
        }
        guard chain.end.position == ends[node.index].position else {
            throw Violation("DenseLog", "\(node.name)'s log lacks its newest commits")
        }
    }

    private func violation(_ node: Int, _ message: String, _ world: World) -> Violation {
        Violation("DenseLog", "\(world.truth.names[node]): \(message)")
    }
}
