import Chain
import Saga
import Wire

/// A log of bank-a whose entries say nothing, with any number of commits and branches.
struct History {
    var end = LogEnd.empty(of: Epoch(0))
    var timeline: UInt64 = 0
    var key = BenchNode.key(of: .bankA)

    mutating func next(_ count: Int = 1, _ text: String = "entry") -> Commit {
        let commit = Commit.signed(
            (0..<count).map { _ in (nil, EntryParts(kept: Array(text.utf8))) }, after: end,
            node: .bankA, timeline: timeline, time: Bench.start, inboxes: [:], key: key)
        end.advance(over: commit)
        return commit
    }
}
