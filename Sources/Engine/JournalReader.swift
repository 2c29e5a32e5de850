public import EventLog
public import MessageBus
import Saga
public import Wire

/// Makes commits of a journal's records again, in the log's order: for restoring a log, and for
/// consumers that want whole commits.
///
/// Records of positions seen before are passed over, as are those that a higher generation
/// replaces. Of a commit that is not complete yet they count where they say something else: it was
/// lost before all of it was published, and another one came in its place. Behind a gap, where the
/// broker has lost records, the reader waits until they come again: their node publishes them as
/// soon as it notices. Whether the commits are the ones that were signed is for ``EventLog/Chain``
/// to say.
public struct JournalReader: Sendable {
    /// Where each generation begins, by its number.
    ///
    /// A journal is read twice: a generation is only known to replace the end of the one before
    /// once its first record is found.
    public struct Generations: Sendable {
        private var starts: [UInt64: UInt64] = [:]

        public init() {}

        public mutating func note(_ record: DeliveredRecord) throws(WireError) {
            let record = try JournalRecord(wire: record.record.value)
            let start = starts[record.generation] ?? .max
            starts[record.generation] = min(start, record.position)
        }

        /// Whether a higher generation has replaced the entry.
        fileprivate func replace(_ record: JournalRecord) -> Bool {
            starts.contains { $0.key > record.generation && $0.value <= record.position }
        }
    }

    private let generations: Generations
    /// The end of the last complete commit.
    private var end: Position
    private var pending: [Entry] = []
    /// The highest position behind a gap.
    private var beyond: UInt64 = 0

    /// - Parameter position: The end of what is known already: a commit's last.
    public init(after position: Position, _ generations: Generations) {
        end = position
        self.generations = generations
    }

    private var next: Position { end + (pending.count + 1) }

    /// - Returns: The commit that this record completes, or `nil`.
    public mutating func take(_ delivered: DeliveredRecord) throws -> Commit? {
        let record = try JournalRecord(wire: delivered.record.value)
        let position = Position(record.position)
        guard position > end, !generations.replace(record) else { return nil }
        let entry = Entry(position: position, saga: record.saga, payload: record.entry)
        if position < next { dropPending(from: entry, isLast: !record.header.isEmpty) }
        guard position >= next else { return nil }
        guard position == next else {
            beyond = max(beyond, record.position)
            return nil
        }
        pending.append(entry)
        guard !record.header.isEmpty else { return nil }
        defer { (end, pending) = (position, []) }
        return try Commit(
            headerBytes: record.header, signature: record.signature, entries: pending)
    }

    /// What is pending has no end among it, so whatever ends a commit there says something else.
    private mutating func dropPending(from entry: Entry, isLast: Bool) {
        let kept = Int(entry.position.number - end.number) - 1
        guard isLast || pending[kept] != entry else { return }
        pending.removeLast(pending.count - kept)
    }

    /// At the journal's end: makes sure that no gap is left.
    public func finish() throws(WireError) {
        guard beyond < next.number else {
            throw WireError(
                "the journal has a gap: entry \(next) is missing, but \(beyond) is there")
        }
    }
}
