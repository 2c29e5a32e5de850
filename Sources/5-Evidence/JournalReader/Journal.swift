public import Chain
public import MessageBus
import Saga
import Wire

/// A node's log as its journal topic carries it: one record per entry, in the log's order, the
/// commit's header on its last.
public enum Journal {
    /// The records of a commit from the entry after `position`.
    public static func records(of commit: Commit, after position: Position) -> [Record] {
        commit.entries.filter { $0.position > position }.map { entry in
            let isLast = entry.position == commit.header.last
            let record = JournalRecord(
                position: entry.position.number, saga: entry.saga, entry: entry.payload,
                header: isLast ? commit.headerBytes : [],
                signature: isLast ? commit.signature : [],
                timeline: commit.header.timeline)
            return Record(
                key: entry.saga?.bytes ?? Array(commit.header.node.text.utf8),
                headers: [
                    .init("ce_specversion", "1.0"),
                    .init("ce_id", entry.position.description),
                    .init("ce_source", commit.header.node.text),
                    .init("ce_type", "giro.journal.v1.Record"),
                    .init("content-type", "application/protobuf"),
                ],
                value: record.encoded())
        }
    }

    /// The value of the last record of a commit: it holds the header, and so stands for the commit
    /// and all before it.
    public static func lastValue(of commit: Commit) -> [UInt8]? {
        records(of: commit, after: Position(commit.header.last.number - 1)).first?.value
    }
}

extension Journal {
    /// How far a journal holds a log whole: each entry after the one before it, from the first on.
    ///
    /// The topic proves nothing by itself: others can write to it, a broker loses records, and two
    /// writers publish at once. So a record counts only where its value is, to the byte, what the
    /// log's own entry at that position makes, and only behind the entry before. Everything else is
    /// passed over.
    ///
    /// Holds the commits that it was last given and nothing of the journal.
    public struct Comparison: Sendable {
        private struct Step {
            let value: [UInt8]
            /// The commit's end, on its last record.
            let end: Position?
        }

        /// The end of the last commit that is whole. What there is of the next one is published
        /// again.
        public private(set) var published: Position
        /// Where the record that ends it stands; `nil`: none was found.
        public private(set) var offset: Int64?
        /// Records that say something else than this log does, or are no records of a journal.
        public private(set) var foreign = 0
        /// The ends of the commits found, no more than are needed.
        private var ends: [Position] = []
        private let commitsMax: Int
        private var steps: ArraySlice<Step> = []
        private var given: Position
        /// The log has no more commits.
        private var isLogAtEnd = false

        /// - Parameters:
        ///   - position: The end of a commit up to which the journal is known to be whole.
        ///   - commitsMax: How many commits are published at once.
        public init(after position: Position, commitsMax: Int) {
            published = position
            given = position
            self.commitsMax = commitsMax
        }

        /// The log's commits after this position are needed before the next record is taken; `nil`:
        /// there are some left, or the log has no more.
        public var needed: Position? { steps.isEmpty && !isLogAtEnd ? given : nil }

        /// Messages of commits after this one may not have been sent: those of a whole group follow
        /// its records.
        public var sent: Position { ends.count > commitsMax ? ends[0] : .start }

        /// - Parameter commits: The log's own from ``needed`` on, in order; none at its end.
        public mutating func expect(_ commits: [Commit]) {
            isLogAtEnd = commits.isEmpty
            for commit in commits {
                let last = commit.header.last
                for (entry, record) in zip(commit.entries, records(of: commit, after: given)) {
                    steps.append(
                        Step(value: record.value, end: entry.position == last ? last : nil))
                }
                given = last
            }
        }

        /// Compares the next record of the topic, in the topic's order, with the log's next entry.
        public mutating func take(_ delivered: DeliveredRecord) {
            guard let step = steps.first, delivered.record.value == step.value else {
                return passOver(delivered.record)
            }
            steps.removeFirst()
            guard let end = step.end else { return }
            (published, offset) = (end, delivered.offset)
            ends.append(end)
            if ends.count > commitsMax + 1 { ends.removeFirst() }
        }

        /// A position that was there already is a repetition, one further on stands behind a gap.
        private mutating func passOver(_ record: Record) {
            guard let found = try? JournalRecord(wire: record.value) else {
                foreign += 1
                return
            }
            let next = steps.first.flatMap { try? JournalRecord(wire: $0.value).position }
            if found.position == next ?? given.number + 1 { foreign += 1 }
        }
    }
}
