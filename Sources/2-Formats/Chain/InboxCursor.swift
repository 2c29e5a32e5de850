public import Saga

/// The last record of a peer's topic to this node whose effect the log holds.
///
/// Offset alone is not identity: a topic that was wiped and filled again has other records at the
/// same offsets. So the cursor remembers the record's hash too, and how often history changed.
public struct InboxCursor: Hashable, Sendable {
    /// Raised each time the topic's history was found changed.
    public let incarnation: UInt64
    /// -1: nothing read in this incarnation.
    public let offset: Int64
    /// `Hash.zero` where nothing was read.
    public let recordHash: Hash

    /// Takes the parts as they are: nothing is checked.
    public init(incarnation: UInt64, offset: Int64, recordHash: Hash) {
        self.incarnation = incarnation
        self.offset = offset
        self.recordHash = recordHash
    }

    /// Nothing read yet.
    public static let start = InboxCursor(incarnation: 0, offset: -1, recordHash: .zero)
}
