import Chain
import Engine
import Saga
import Wire

/// Each peer's topic is read record by record: the cursor in a log never stands behind a record
/// that was not handed to the process that wrote it, and another history of the topic is never
/// taken for the one the cursor stands in.
struct InboxNotSkipped<P: WireParticipant>: Checker {
    /// What a process was handed: by the topic's history, then by offset.
    private typealias Handed = [[Int64: Hash]]

    private struct Reading {
        /// By process.
        var handed: [Int: Handed] = [:]
        /// By history, before which offset the records have expired.
        var expired: [Int: Int64] = [:]
        /// The history that the log's cursor stands in.
        var history = 0

        mutating func note(_ hash: Hash, at offset: Int64, of history: Int, _ process: Int) {
            var handed = self.handed.removeValue(forKey: process) ?? []
            while handed.count <= history { handed.append([:]) }
            handed[history][offset] = hash
            self.handed[process] = handed
        }

        /// What lies well behind the cursor is not looked at again.
        mutating func forget(before offset: Int64, of history: Int, _ writer: Int) {
            guard var own = handed[writer], own.reduce(0, { $0 + $1.count }) > 2_000 else { return }
            for older in 0..<history { own[older] = [:] }
            own[history] = own[history].filter { $0.key >= offset }
            handed[writer] = own
        }
    }

    private var nodes: [[NodeName: Reading]]
    /// By node, the process that has the log.
    private var writers: [Int]

    init(nodes count: Int) {
        nodes = Array(repeating: [:], count: count)
        writers = Array(repeating: 0, count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .tookOver(let node, let process, _):
            writers[node] = process
            // What it was handed before, it has forgotten together with what it made of it.
            for peer in nodes[node].keys { nodes[node][peer]?.handed = [:] }
        case .handed(let node, let process, let peer, let history, let offset, let hash):
            nodes[node][peer, default: Reading()].note(hash, at: offset, of: history, process)
        case .expired(let node, let peer, let history, let offset):
            nodes[node][peer, default: Reading()].expired[history] = offset
        case .appended(let node, let commit, _):
            for (peer, cursor) in commit.inboxes {
                let old = truth.states[node].inbox(of: peer)
                try move(node, peer, from: old, to: cursor, truth)
            }
        default: break
        }
    }

    private mutating func move(
        _ node: Int, _ peer: NodeName, from old: InboxCursor, to new: InboxCursor,
        _ truth: Truth<P>
    ) throws(Violation) {
        guard new != old else { return }
        let isSame = new.incarnation == old.incarnation
        guard new.offset >= 0 else {
            // Reading is about to begin again.
            if isSame { throw violation(node, "its cursor of \(peer) went back", truth) }
            return
        }
        let reading = nodes[node][peer] ?? Reading()
        let handed = reading.handed[writers[node]] ?? []
        let goesOn = isSame && old.offset >= 0
        let first = goesOn ? old.offset + 1 : 0
        // Reading from the beginning starts where records have not expired.
        let expired = goesOn ? [:] : reading.expired
        // The newest history in which it ends so, and all before it was handed over.
        let history = handed.indices.last { history in
            guard handed[history][new.offset] == new.recordHash,
                let begin = Self.begin(of: history, new.offset, first, handed, expired)
            else { return false }
            return !goesOn || begin == reading.history
                || handed[begin][old.offset] == old.recordHash
        }
        guard let history else {
            throw violation(
                node, "its cursor of \(peer) at \(new.offset) is behind what it was not handed",
                truth)
        }
        nodes[node][peer, default: Reading()].history = history
        nodes[node][peer]?.forget(before: new.offset, of: history, writers[node])
    }

    /// The history in which reading up to `offset` of `history` began at `first`; `nil` if
    /// something was skipped.
    ///
    /// A history whose record at the reader's place is the same is taken for the same: peers repeat
    /// themselves to the byte. What it misses by that is asked for again, as if it had been lost.
    private static func begin(
        of history: Int, _ offset: Int64, _ first: Int64, _ handed: Handed,
        _ expired: [Int: Int64]
    ) -> Int? {
        var (history, offset) = (history, offset)
        while offset > max(first, expired[history] ?? 0) {
            if handed[history][offset - 1] != nil {
                offset -= 1
                continue
            }
            let same = (0..<history).last { handed[$0][offset] == handed[history][offset] }
            guard let same else { return nil }
            history = same
        }
        return history
    }

    private func violation(_ node: Int, _ message: String, _ truth: Truth<P>) -> Violation {
        Violation("InboxNotSkipped", "\(truth.names[node]): \(message)")
    }
}
