public import Saga

/// What to show a peer: the entries at these places, or as many of the first of them as fit.
public struct LinkTurn: Hashable, Sendable {
    /// What a record is for.
    public enum Kind: Hashable, Sendable {
        /// Numbered entries, and perhaps the `read`.
        case entries
        /// One entry, out of its order.
        case alone
        /// The `read` alone.
        case read
    }

    /// The header to show under.
    public enum Header: Hashable, Sendable {
        /// The newest durable one.
        case newest
        /// That of the commit that holds the entry at a position.
        case commit(of: Position)
    }

    /// What the record is for.
    public let kind: Kind
    /// The number of the first of ``positions``.
    public let first: UInt64
    /// Where the entries stand, by number without gaps; none where there is the `read` alone.
    public let positions: [Position]
    /// The header to show under.
    public let under: Header
    /// The header to name as that of the record before.
    public let naming: HeaderName?
    /// Where the `read` stands that is shown too; not where one entry alone fills the record.
    public let read: Position?
    /// The most bytes of the record, unless one entry alone has more.
    public let bytesMax: Int

    init(
        _ kind: Kind, first: UInt64, positions: [Position], under: Header, naming: HeaderName?,
        read: Position?, bytesMax: Int
    ) {
        self.kind = kind
        self.first = first
        self.positions = positions
        self.under = under
        self.naming = naming
        self.read = read
        self.bytesMax = bytesMax
    }
}

/// The bounds of a link.
public enum LinkLimits {
    /// The shortest pause before what is not acknowledged is shown again.
    public static let pauseMin = Duration.seconds(1)
    /// The longest.
    public static let pauseMax = Duration.seconds(60)
    /// The most bytes of records that show entries in their order and are not acknowledged. Entries
    /// that are shown alone are few, and not counted.
    public static let bytesInFlightMax = 4 * 1024 * 1024
    /// The most entries of one record: more do not fit.
    public static let entriesMax = 1_000
    /// How long a `read` waits for an entry that it can be shown with.
    public static let readAlone = Duration.milliseconds(200)
    /// How many records a topic that found one too large takes before the next ones are twice as
    /// long.
    public static let recordsBeforeLarger = 16
    /// How long at least passes before a `read` is said again.
    public static let readRepeated = Duration.seconds(1)
}
