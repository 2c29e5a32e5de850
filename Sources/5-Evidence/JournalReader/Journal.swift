public import Chain
public import MessageBus
public import Saga
import Wire

/// A node's log as its journal topic carries it: one record for each commit, in the log's order.
public enum Journal {
    /// The record of a commit: the bytes of the log's row.
    public static func record(of commit: Commit) -> Record {
        Record(
            key: Array(commit.header.node.text.utf8),
            headers: [
                .init("ce_specversion", "1.0"),
                .init("ce_id", String(commit.header.number)),
                .init("ce_source", commit.header.node.text),
                .init("ce_type", "giro.journal.v1.Commit"),
                .init("content-type", "application/protobuf"),
            ],
            value: commit.encoded())
    }
}

extension Journal {
    /// How far a journal holds a log whole: each commit after the one before it, from the first on.
    ///
    /// The topic proves nothing by itself: others can write to it, a broker loses records, and two
    /// writers publish at once. So a record counts only where its value is, to the byte, what the
    /// log's own commit makes, and only behind the commit before. Everything else is passed over.
    ///
    /// Holds the commits that it was last given and nothing of the journal.
    public struct Comparison: Sendable {
        private struct Step {
            let value: [UInt8]
            let first: Position
            let end: Position
        }

        /// The end of the last commit that is there.
        public private(set) var published: Position
        /// Where its record stands; `nil`: none was found.
        public private(set) var offset: Int64?
        /// Records that say something else than this log does, or are no records of a journal.
        public private(set) var foreign = 0
        private var steps: ArraySlice<Step> = []
        private var given: Position
        /// The log has no more commits.
        private var isLogAtEnd = false

        /// - Parameter position: The end of a commit up to which the journal is known to be whole.
        public init(after position: Position) {
            published = position
            given = position
        }

        /// The log's commits after this position are needed before the next record is taken; `nil`:
        /// there are some left, or the log has no more.
        public var needed: Position? { steps.isEmpty && !isLogAtEnd ? given : nil }

        /// - Parameter commits: The log's own from ``needed`` on, in order; none at its end.
        public mutating func expect(_ commits: [Commit]) {
            isLogAtEnd = commits.isEmpty
            for commit in commits {
                steps.append(
                    Step(
                        value: commit.encoded(), first: commit.header.first,
                        end: commit.header.last))
                given = commit.header.last
            }
        }

        /// Compares the next record of the topic, in the topic's order, with the log's next commit.
        public mutating func take(_ delivered: DeliveredRecord) {
            guard let step = steps.first, delivered.record.value == step.value else {
                return passOver(delivered.record)
            }
            steps.removeFirst()
            (published, offset) = (step.end, delivered.offset)
        }

        /// A commit that was there already is a repetition, one further on stands behind a gap.
        private mutating func passOver(_ record: Record) {
            guard let found = try? CommitRecord(record.value),
                let header = try? CommitHeader(decoding: found.header)
            else {
                foreign += 1
                return
            }
            if header.first == steps.first?.first ?? given + 1 { foreign += 1 }
        }
    }
}
