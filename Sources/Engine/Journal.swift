public import EventLog
public import MessageBus
import Saga
public import Wire

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
                generation: commit.header.generation)
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

    /// Where a journal ends, as far as its newest records tell.
    public struct End: Hashable, Sendable {
        /// The end of the last commit that is published whole and has no gap before it. What there
        /// is of the next one is published again: it may have been lost, and another have come in
        /// its place.
        public let published: Position
        /// Messages of commits after this one may not have been sent: some commits are sent again.
        public let sent: Position

        /// - Parameters:
        ///   - records: The newest ones: those of the last commits that were published at once,
        ///     and of as many before them.
        ///   - isWhole: Whether these are all records that the journal holds. Then the first one
        ///     tells whether its beginning is missing.
        ///   - commits: How many commits are published at once.
        ///   - generation: The log's, and the entry that raised it. What the journal holds of the
        ///     one before counts up to there; what that said beyond it was replaced.
        public init(
            newest records: [DeliveredRecord], isWhole: Bool, commits: Int,
            generation: (number: UInt64, start: Position) = (0, .start)
        ) throws(WireError) {
            // The end of what has no gap: behind one, records were lost. Where positions go back,
            // records were published again, and it is not known how far that has come.
            var end: UInt64? = isWhole ? 0 : nil
            var ends: Set<UInt64> = []
            for delivered in records {
                let record = try JournalRecord(wire: delivered.record.value)
                let position: UInt64
                switch record.generation {
                case generation.number: position = record.position
                case let older where older + 1 == generation.number:
                    position = min(record.position, generation.start.number - 1)
                default: continue
                }
                if let end, position > end + 1 { continue }
                end = position
                if !record.header.isEmpty { ends.insert(position) }
            }
            let whole = ends.filter { $0 <= end ?? 0 }.sorted()
            published = Position(whole.last ?? 0)
            // One commit more: the messages follow the records of a whole group.
            sent = Position(whole.dropLast(commits).last ?? 0)
        }
    }
}
