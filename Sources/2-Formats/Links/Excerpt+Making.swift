public import Chain
public import Saga
public import Wire

/// A commit of the own log, of which entries are to be shown.
public struct ShownCommit: Hashable, Sendable {
    /// The header as it was signed.
    public let signed: SignedHeader
    /// The leaves of all its entries, in their order.
    public let leaves: [Hash]
    /// Those that are shown: for one peer, by position.
    public let entries: [ShownEntry]

    /// Takes the parts as they are.
    public init(signed: SignedHeader, leaves: [Hash], entries: [ShownEntry]) {
        self.signed = signed
        self.leaves = leaves
        self.entries = entries
    }

    /// Takes what a peer may be shown of a commit.
    ///
    /// - Parameters:
    ///   - commit: Of the own log.
    ///   - peer: The addressee of the entries.
    /// - Throws: `WireError`: an entry cannot be read.
    /// - Complexity: Two hashes per entry of the commit.
    public init(_ commit: Commit, for peer: NodeName) throws(WireError) {
        var shown: [ShownEntry] = []
        for entry in commit.entries {
            let addressee = try ShownFrame(entry.parts.shown).addressee
            if addressee?.peer == peer { shown.append(try ShownEntry(entry)) }
        }
        self.init(
            signed: SignedHeader(bytes: commit.headerBytes, signature: commit.signature),
            leaves: commit.entries.map(MerkleTree.leaf(of:)), entries: shown)
    }
}

extension Excerpt {
    /// Makes an excerpt of the own log, of as many entries as fit.
    ///
    /// What is made is verified before it is returned, since nodes from a cache may be damaged.
    ///
    /// - Parameters:
    ///   - newest: The header to show under, durable in the own log.
    ///   - previous: The header under which the record before this one to the peer stood, which is
    ///     `newest` or before it.
    ///   - commits: Oldest first, none behind `newest`; at least one entry.
    ///   - bytesMax: The most bytes of the excerpt, unless one entry alone has more.
    ///   - node: Reads a node of the own history tree at its place in `HistoryNodes`; `nil` where
    ///     the cache of nodes has none.
    /// - Returns: The excerpt, and how many of the entries it shows: at least one.
    /// - Throws: `WireError`: what is given does not fit together, or a node is missing or damaged.
    ///   The cache of nodes is then to be filled again from the log.
    public static func make(
        under newest: WitnessedHeader, naming previous: HeaderName?, of commits: [ShownCommit],
        bytesMax: Int = Excerpt.bytesMax, reading node: (_ place: UInt64) -> Hash?
    ) throws(WireError) -> (excerpt: Excerpt, count: Int) {
        var count = commits.reduce(0) { $0 + $1.entries.count }
        while true {
            let excerpt = try Excerpt(
                newest: newest, previous: try place(of: previous, in: newest, reading: node),
                commits: try parts(of: commits, count: count, under: newest, reading: node))
            let byteCount = excerpt.encoded().count
            if byteCount > bytesMax, count > 1 {
                count = max(1, min(count - 1, count * bytesMax / byteCount))
                continue
            }
            do throws(ExcerptFault) {
                try excerpt.verify()
            } catch {
                throw WireError("an excerpt of the own log proves nothing: \(error)")
            }
            // A receiver that cannot follow this path takes nothing, however often it is shown.
            guard previous.map(excerpt.continues) ?? true else {
                throw WireError("an excerpt of the own log does not continue the record before it")
            }
            return (excerpt, count)
        }
    }

    private static func place(
        of header: HeaderName?, in newest: WitnessedHeader, reading node: (UInt64) -> Hash?
    ) throws(WireError) -> Previous? {
        guard let header else { return nil }
        guard header != newest.name else { return Previous(hash: header.hash, path: []) }
        return Previous(
            hash: header.hash, path: try path(to: header.commit, in: newest, reading: node))
    }

    private static func path(
        to commit: UInt64, in newest: WitnessedHeader, reading node: (UInt64) -> Hash?
    ) throws(WireError) -> [Hash] {
        guard commit > 0, commit < newest.header.number else {
            throw WireError("commit \(commit) is not before commit \(newest.header.number)")
        }
        return try AuditPath(to: commit - 1, inTreeOf: newest.header.number - 1) {
            place throws(WireError) in
            guard let hash = node(place) else {
                throw WireError("the cache of history nodes lacks node \(place)")
            }
            return hash
        }.hashes
    }

    /// The first `count` entries, each with those of its commit.
    private static func parts(
        of commits: [ShownCommit], count: Int, under newest: WitnessedHeader,
        reading node: (UInt64) -> Hash?
    ) throws(WireError) -> [CommitExcerpt] {
        var rest = count
        var parts: [CommitExcerpt] = []
        for commit in commits where rest > 0 {
            let entries = Array(commit.entries.prefix(rest))
            rest -= entries.count
            let listed = try ListedHeader(commit.signed.bytes)
            let first = listed.header.first.number
            let indices = entries.compactMap { Int(exactly: $0.position.number &- first) }
            guard indices.count == entries.count, zip(indices, indices.dropFirst()).allSatisfy(<),
                let last = indices.last, last < commit.leaves.count
            else { throw WireError("entries to show are not those of commit \(first)") }
            let isNewest = commit.signed.bytes == newest.signed.bytes
            parts.append(
                CommitExcerpt(
                    listed: isNewest ? nil : listed,
                    path: isNewest
                        ? [] : try path(to: listed.header.number, in: newest, reading: node),
                    entries: entries,
                    proof: MerkleMultiproof.make(for: indices, of: commit.leaves)))
        }
        return parts
    }
}
