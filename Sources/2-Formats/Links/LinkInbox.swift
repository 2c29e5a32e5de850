public import Chain
public import Saga

/// A node's knowledge of one peer as a reader of that peer's log: which key signs it, how far it
/// was taken, and whether anything of it counts now.
///
/// A value: it neither waits nor reads a clock, and knows no saga.
/// ``take(_:entriesMax:given:holds:)`` judges an excerpt; what follows from it is a list of
/// ``LinkRecord``s, each of which stands in the node's log, so ``apply(_:)`` makes the same value
/// again from the log alone.
public struct LinkInbox: Hashable, Sendable {
    /// The node that reads.
    public let node: NodeName
    /// The node whose log is read.
    public let peer: NodeName
    /// The one key that counts: what another signed says nothing.
    public internal(set) var key: PublicKey
    /// Newer keys that entries name which are not taken yet: they count for a `read` alone. No
    /// record says so, because the peer shows those entries again.
    var announced: [PublicKey] = []
    /// The number that is taken next; all before it were taken, or lie before an accepted loss.
    public internal(set) var next: UInt64 = 1
    /// The newest header that was taken, each together with an entry under it; `nil` at first.
    public internal(set) var newest: WitnessedHeader?
    /// The newest own number that a `read` of the peer acknowledged, of those that were taken with
    /// a numbered entry. A later one that is lower proves that a log was rewound.
    public internal(set) var acknowledged: UInt64 = 0
    /// The newest timeline of the peer's that the node has answered.
    public internal(set) var accepted: TimelineName?
    /// The reason why nothing of the peer counts until people accept a new timeline of it.
    public internal(set) var suspension: Suspension?
    /// The own new timeline that the peer has not yet accepted: nothing before that counts.
    public internal(set) var awaited: Awaited?

    /// An own timeline that a peer has to accept.
    public struct Awaited: Hashable, Sendable {
        /// The timeline's name.
        public let fork: ForkID
        /// Whether people on both sides have compared the peer's key since. The lost entries may
        /// have named another than the log still does, so nothing is read before they have.
        public internal(set) var keyIsCompared: Bool
    }

    /// The reason why nothing of a peer counts.
    public enum Suspension: Hashable, Sendable {
        /// The peer began a timeline before a header that was taken: people have to accept it.
        case forked(Fork)
        /// What the peer signed denies this node's log or its own: one of the two was rewound. The
        /// peer is shown nothing either.
        case denied(Denial)
    }

    /// Nothing is taken yet.
    ///
    /// - Parameters:
    ///   - node: The node that reads.
    ///   - peer: The node whose log is read.
    ///   - key: The peer's, as people compared it.
    public init(at node: NodeName, of peer: NodeName, key: PublicKey) {
        self.node = node
        self.peer = peer
        self.key = key
    }

    /// Nothing that the peer has signed was taken or suspected yet: people may have compared a
    /// wrong key.
    public var isUntouched: Bool { newest == nil && next == 1 && suspension == nil }

    /// The value without what no record says.
    public var recorded: LinkInbox {
        var inbox = self
        inbox.announced = []
        return inbox
    }

    /// Applies what the node's log says of the peer; never judges.
    public mutating func apply(_ record: LinkRecord) {
        switch record {
        case .read(let read, let header):
            next = read.number + 1
            newest = header
            acknowledged = read.acknowledged
        case .key(let key):
            self.key = key
            announced = Array(announced.drop { $0 != key }.dropFirst())
        case .suspended(let reason): suspension = reason
        case .accepted(let timeline):
            accepted = timeline
            suspension = nil
        case .lost(let fork):
            awaited = Awaited(fork: fork, keyIsCompared: false)
            suspension = nil
        case .keyCompared(let key):
            self.key = key
            announced = []
            awaited?.keyIsCompared = true
            if case .denied = suspension { suspension = nil }
        case .answered: awaited = nil
        }
    }
}

/// A statement in the node's log from which follows what it knows of a peer.
///
/// The entries of one commit follow each other in the order in which the records were made.
public enum LinkRecord: Hashable, Sendable {
    /// Recorded by the own `read` for the peer, which keeps the peer's header as it was signed.
    case read(Read, WitnessedHeader)
    /// Recorded by the entry that takes the peer's `key`.
    case key(PublicKey)
    /// Recorded by an entry that keeps the header or headers that contradict each other.
    case suspended(LinkInbox.Suspension)
    /// Recorded by the own `accepted` for the peer.
    case accepted(TimelineName)
    /// Recorded by the own `timeline` for the peer: the node lost the end of its log.
    case lost(ForkID)
    /// Recorded by an entry of people who compared the peer's key with the peer's people.
    case keyCompared(PublicKey)
    /// Recorded by the entry that takes the peer's `accepted` of the own newest timeline.
    case answered
}

/// A peer's new timeline as the entry that begins it shows it.
public struct Fork: Hashable, Sendable {
    /// What the entry says.
    public let timeline: NewTimeline
    /// The entry's number.
    public let number: UInt64
    /// The header that it was shown under: its commit's, or a later one.
    public let header: WitnessedHeader

    /// Takes the parts as a log keeps them: nothing is checked.
    public init(_ timeline: NewTimeline, number: UInt64, header: WitnessedHeader) {
        self.timeline = timeline
        self.number = number
        self.header = header
    }

    /// The newest timeline that an excerpt shows; `nil` where it shows none.
    ///
    /// The commit has to say the same as the entry: the timeline's number, and where it begins.
    /// Nothing is verified here.
    public init?(in excerpt: Excerpt) {
        for commit in excerpt.commits.reversed() {
            let header = commit.listed?.header ?? excerpt.newest.header
            for entry in commit.entries {
                guard case .timeline(let timeline) = entry.says.what,
                    let number = entry.says.number, timeline.begins(with: header),
                    header.timeline == excerpt.newest.header.timeline
                else { continue }
                self.timeline = timeline
                self.number = number
                self.header = excerpt.newest
                return
            }
        }
        return nil
    }

    /// The beginnings that a reader has not followed whose newest header is of that timeline.
    private func unfollowed(from known: UInt64) -> [NewTimeline.Beginning] {
        let newest = NewTimeline.Beginning(
            timeline: timeline.name.number, number: number, position: timeline.position)
        return timeline.earlier.filter { $0.timeline > known && $0.number < number } + [newest]
    }

    /// The last number that survives of what a reader can have taken by a header of that timeline;
    /// 0 for none. The entries that begin timelines have numbers of 1 or more.
    func survives(from known: UInt64) -> UInt64 {
        unfollowed(from: known).reduce(number) { min($0, $1.number) } - 1
    }

    /// Whether a header lies behind the place where its timeline was left.
    public func cutsOff(_ header: CommitHeader) -> Bool {
        unfollowed(from: header.timeline).contains { header.last > $0.position }
    }
}

extension NewTimeline {
    /// Whether the header of the commit that shows it says the same: its number, and where it
    /// begins.
    func begins(with header: CommitHeader) -> Bool {
        name.number == header.timeline && position + 1 == header.first
            && commitHash == header.previousHash
    }
}
