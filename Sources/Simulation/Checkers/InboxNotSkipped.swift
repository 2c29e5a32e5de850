import Engine
import EventLog
import Saga
import Wire

/// The inbox is read record by record: the cursor in a log never stands behind a record that was
/// not handed to the process that wrote it, and another history of the topic is never taken for the
/// one the cursor stands in.
struct InboxNotSkipped<P: WireParticipant>: Checker {
    private struct Place: Hashable {
        let history: Int
        let offset: Int64
    }

    private struct Reading {
        /// Of the process that has the log: what it was handed.
        var handed: [Int: [Place: Hash]] = [:]
        var writer = 0
        /// The history that the log's cursor stands in.
        var history = 0
    }

    private var nodes: [Reading]

    init(nodes count: Int) {
        nodes = Array(repeating: Reading(), count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .tookOver(let node, let process, _):
            nodes[node].writer = process
            // What it was handed before, it has forgotten together with what it made of it.
            nodes[node].handed = [:]
        case .handed(let node, let process, let history, let offset, let hash):
            nodes[node].handed[process, default: [:]][Place(history: history, offset: offset)] =
                hash
        case .appended(let node, let commit, _):
            try move(node, from: truth.states[node].inbox, to: commit.header.inbox, truth)
        default: break
        }
    }

    private mutating func move(
        _ node: Int, from old: InboxCursor, to new: InboxCursor, _ truth: Truth<P>
    ) throws(Violation) {
        guard new != old else { return }
        let isSame = new.incarnation == old.incarnation
        guard new.offset >= 0 else {
            // Reading is about to begin again.
            if isSame { throw violation(node, "its cursor went back", truth) }
            return
        }
        let handed = nodes[node].handed[nodes[node].writer] ?? [:]
        let first = isSame && old.offset >= 0 ? old.offset + 1 : 0
        // The newest history in which it ends so, and all before it was handed over.
        let histories = Set(handed.keys.map(\.history)).sorted().reversed()
        let history = histories.first { history in
            let end = Place(history: history, offset: new.offset)
            guard handed[end] == new.recordHash, let begin = Self.begin(of: end, first, handed)
            else { return false }
            return !isSame || old.offset < 0 || begin == nodes[node].history
                || handed[Place(history: begin, offset: old.offset)] == old.recordHash
        }
        guard let history else {
            throw violation(
                node, "its cursor at \(new.offset) is behind what it was not handed", truth)
        }
        nodes[node].history = history
        forget(node, before: Place(history: history, offset: new.offset))
    }

    /// The history in which reading up to `end` began at `first`; `nil` if something was skipped.
    ///
    /// A history whose record at the reader's place is the same is taken for the same: peers repeat
    /// themselves to the byte. What it misses by that is asked for again, as if it had been lost.
    private static func begin(
        of end: Place, _ first: Int64, _ handed: [Place: Hash]
    ) -> Int? {
        var place = end
        while place.offset > first {
            let before = Place(history: place.history, offset: place.offset - 1)
            if handed[before] != nil {
                place = before
            } else if let older = (0..<place.history).last(where: {
                handed[Place(history: $0, offset: place.offset)] == handed[place]
            }) {
                place = Place(history: older, offset: place.offset)
            } else {
                return nil
            }
        }
        return place.history
    }

    /// What lies well behind the cursor is not looked at again.
    private mutating func forget(_ node: Int, before place: Place) {
        let writer = nodes[node].writer
        guard let count = nodes[node].handed[writer]?.count, count > 2_000 else { return }
        nodes[node].handed[writer] = nodes[node].handed[writer]?.filter {
            $0.key.history > place.history
                || $0.key.history == place.history && $0.key.offset >= place.offset
        }
    }

    private func violation(_ node: Int, _ message: String, _ truth: Truth<P>) -> Violation {
        Violation("InboxNotSkipped", "\(truth.names[node]): \(message)")
    }
}
