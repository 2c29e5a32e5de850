public import Chain
public import Saga
public import Wire

/// Entries of a node's log for one peer, under one signed header of the node: what a record on a
/// topic between the two holds.
///
/// Its shape is checked when it is read or made. ``verify()`` says whether header and entries
/// belong together; whose header it is, and what of it counts, ``LinkInbox`` says. Indices, sizes
/// and counts come from headers: a proof is hashes and nothing else.
public struct Excerpt: Hashable, Sendable {
    /// The most bytes of an excerpt that shows more than one entry.
    public static let bytesMax = 64 * 1024
    /// The most bytes of any: one entry of the longest kind, and its proof.
    public static let bytesMaxOfOneEntry = CommitLimits.partsBytesMax + 16 * 1024

    /// The header that vouches for all that is shown.
    public let newest: WitnessedHeader
    /// The header under which the record before this one to the same peer stood; `nil` for none.
    public let previous: Previous?
    /// The commits that entries are shown of, oldest first; one at least.
    public let commits: [CommitExcerpt]
    /// The addressee of every entry.
    public let receiver: NodeName

    /// A header that the peer has taken before, and its place in the history of ``Excerpt/newest``.
    public struct Previous: Hashable, Sendable {
        /// SHA-256 of the header as it was signed.
        public let hash: Hash
        /// The hashes of its audit path; none where it is ``Excerpt/newest`` itself.
        public let path: [Hash]

        /// Takes the parts as they are.
        public init(hash: Hash, path: [Hash]) {
            self.hash = hash
            self.path = path
        }
    }

    /// Takes the parts of an excerpt and checks what can be checked without any hash.
    ///
    /// - Parameters:
    ///   - newest: The header that vouches for all that is shown.
    ///   - previous: What the peer was shown under before.
    ///   - commits: Oldest first.
    /// - Throws: `WireError`: nothing is shown; entries have several addressees, or stand outside
    ///   their commits, or not in the order of numbers and positions; or there are two `read`s.
    public init(
        newest: WitnessedHeader, previous: Previous?, commits: [CommitExcerpt]
    ) throws(WireError) {
        guard let receiver = commits.first?.entries.first?.says.peer else {
            throw WireError("an excerpt shows no entry")
        }
        self.newest = newest
        self.previous = previous
        self.commits = commits
        self.receiver = receiver
        try checkOrder()
        try checkEntries()
    }

    /// All entries, oldest first.
    public var entries: some Sequence<ShownEntry> { commits.lazy.flatMap(\.entries) }

    /// The numbers that are shown, ascending.
    public var numbers: [UInt64] { entries.compactMap(\.says.number) }

    /// The `read` that is shown with its position, if there is one.
    public var read: (position: Position, read: Read)? {
        for entry in entries {
            if case .read(let read) = entry.says.what { return (entry.position, read) }
        }
        return nil
    }

    private func checkOrder() throws(WireError) {
        var last: UInt64 = 0
        for commit in commits {
            let header = commit.listed?.header ?? newest.header
            guard header.node == newest.header.node, header.number > last else {
                throw WireError("an excerpt's commits are out of order or of two nodes")
            }
            last = header.number
            let isNewest = commit.listed == nil
            guard isNewest ? commit.path.isEmpty : header.number < newest.header.number else {
                throw WireError("an excerpt has a commit behind its newest one, or that one twice")
            }
        }
    }

    private func checkEntries() throws(WireError) {
        var number: UInt64 = 0
        var hasRead = false
        for commit in commits {
            let header = commit.listed?.header ?? newest.header
            guard !commit.entries.isEmpty else { throw WireError("an excerpt has an empty commit") }
            var position = Position(header.first.number - 1)
            for entry in commit.entries {
                guard entry.says.peer == receiver else {
                    throw WireError("an excerpt has two addressees")
                }
                guard entry.position > position, entry.position <= header.last else {
                    throw WireError("an excerpt's entry \(entry.position) is out of place")
                }
                position = entry.position
                if let next = entry.says.number {
                    guard next > number else {
                        throw WireError("an excerpt's number \(next) is out of order")
                    }
                    number = next
                }
                guard case .read = entry.says.what else { continue }
                guard !hasRead else { throw WireError("an excerpt has two reads") }
                hasRead = true
            }
        }
    }
}

/// Entries of one commit, with the proof that they are in it, and it in the history of a header.
public struct CommitExcerpt: Hashable, Sendable {
    /// The commit's header; `nil` where it is the newest one of the excerpt. It stands here without
    /// its signature: its path proves it, and bytes that nothing checks are not carried.
    public let listed: ListedHeader?
    /// The hashes of the audit path from the header to the newest header's history root.
    public let path: [Hash]
    /// At least one, by position.
    public let entries: [ShownEntry]
    /// The hashes of the `MerkleMultiproof` of ``entries``.
    public let proof: [Hash]

    /// Takes the parts as they are.
    public init(listed: ListedHeader?, path: [Hash], entries: [ShownEntry], proof: [Hash]) {
        self.listed = listed
        self.path = path
        self.entries = entries
        self.proof = proof
    }
}

/// A commit's header without its signature.
public struct ListedHeader: Hashable, Sendable {
    /// The bytes that were signed.
    public let bytes: [UInt8]
    /// What ``bytes`` say.
    public let header: CommitHeader

    /// - Parameter bytes: A `CommitHeader` (journal.proto).
    /// - Throws: `WireError`: the bytes are no header.
    public init(_ bytes: [UInt8]) throws(WireError) {
        self.bytes = bytes
        header = try CommitHeader(decoding: bytes)
    }
}

extension WitnessedHeader {
    /// The header's place and hash, as a ``Read`` names it.
    public var name: HeaderName { HeaderName(commit: header.number, hash: hash) }
}
