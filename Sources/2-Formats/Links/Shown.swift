public import Chain
public import Saga

/// The part of an entry that a peer is shown: for which peer it is, its number among the entries
/// for that peer, and what it says.
public struct Shown: Hashable, Sendable {
    /// The peer that the entry is for: an entry has at most one addressee.
    public let peer: NodeName
    /// 1, 2, 3 … without gaps among all entries for ``peer``, in the order of their positions;
    /// `nil` for a ``What/read(_:)``, which has none.
    public let number: UInt64?
    /// What the entry says.
    public let what: What
    /// SHA-256 of the content that stands beside the entry; `nil` where none does. With it a link
    /// sees that a content was cut out or exchanged, without knowing what it is.
    public let contentHash: Hash?

    /// What an entry says to its addressee.
    public enum What: Hashable, Sendable {
        /// Something about a saga: bytes that a link does not look into.
        case step([UInt8])
        /// How far the sender has taken the addressee's entries.
        case read(Read)
        /// The key that signs the sender's commits after the one that holds this entry.
        case key(PublicKey)
        /// A new timeline of the sender's log begins with this entry's commit.
        case timeline(NewTimeline)
        /// The sender accepts the addressee's new timeline.
        case accepted(Accepted)
        /// Something that this version cannot read. It has its number all the same, so it is taken,
        /// and refused by what it is handed to.
        case notUnderstood
    }

    /// A numbered entry.
    ///
    /// - Parameters:
    ///   - peer: The addressee.
    ///   - number: 1 or more.
    ///   - what: Anything but a `read`.
    ///   - contentHash: SHA-256 of the content beside the entry, if there is one.
    public init(to peer: NodeName, number: UInt64, _ what: What, contentHash: Hash? = nil) {
        self.peer = peer
        self.number = number
        self.what = what
        self.contentHash = contentHash
    }

    /// A `read`, which has no number.
    public init(to peer: NodeName, _ read: Read) {
        self.peer = peer
        number = nil
        what = .read(read)
        contentHash = nil
    }

    init(peer: NodeName, number: UInt64?, what: What, contentHash: Hash?) {
        self.peer = peer
        self.number = number
        self.what = what
        self.contentHash = contentHash
    }
}
