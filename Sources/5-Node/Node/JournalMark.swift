import Chain
import Saga
import Synchronization

/// Where a journal was last known to hold its log whole.
///
/// A cache, so that a bus that failed for a moment does not make a running node read all of its
/// journal. It is used only where the topic begins where it did, and the record at that offset is
/// the one that the log's own commit at that position makes, which names all commits before it.
/// Otherwise the journal is read from its beginning.
struct JournalMark: Hashable, Sendable {
    /// The first offset that the topic held.
    let first: Int64
    /// Of the record of the commit that ends at `position`.
    let offset: Int64
    let position: Position
}

/// The newest mark of a node's journal, for all relays of this process.
public final class JournalMarks: Sendable {
    private let mark = Mutex<JournalMark?>(nil)

    /// Starts without a mark: the first relay reads the journal from its beginning.
    public init() {}

    var newest: JournalMark? { mark.withLock { $0 } }

    func note(_ newest: JournalMark) { mark.withLock { $0 = newest } }
}
