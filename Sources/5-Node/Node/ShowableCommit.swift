import Chain
import DequeModule
import Links
import Saga
import Wire

/// A commit of the own log, with what a peer may be shown of it.
struct ShowableCommit: Sendable {
    let first: Position
    let last: Position
    let number: UInt64
    /// With all entries for the peer.
    let shown: ShownCommit
    /// What it takes in memory, roughly.
    let byteCount: Int

    /// - Parameters:
    ///   - commit: Of the own log.
    ///   - leaves: Of all its entries.
    ///   - entries: Those for the peer.
    init(_ commit: Commit, leaves: [Hash], _ entries: [ShownEntry]) {
        first = commit.header.first
        last = commit.header.last
        number = commit.header.number
        shown = ShownCommit(
            signed: SignedHeader(bytes: commit.headerBytes, signature: commit.signature),
            leaves: leaves, entries: entries)
        byteCount = 1_024 + 32 * leaves.count + entries.reduce(0) { $0 + $1.byteCount }
    }

    /// Takes what the peer may be shown of a commit that was read from the log.
    init(_ commit: Commit, for peer: NodeName) throws(WireError) {
        let shown = try ShownCommit(commit, for: peer)
        self.init(commit, leaves: shown.leaves, shown.entries)
    }

    /// The commit with those of its entries only that stand at these positions.
    ///
    /// - Returns: `nil` where one of them is not the peer's.
    func showing(_ positions: some Collection<Position>) -> ShownCommit? {
        let wanted = Set(positions)
        let entries = shown.entries.filter { wanted.contains($0.position) }
        guard entries.count == wanted.count else { return nil }
        return ShownCommit(signed: shown.signed, leaves: shown.leaves, entries: entries)
    }
}

/// The newest commits that hold something for a peer, in memory: what is shown soon after it was
/// written is not read from the log again.
struct RecentCommits: Sendable {
    /// Of all peers' together, as long as each has room for some records.
    private static let bytesMaxOfAll = 64 << 20

    private let bytesMax: Int
    private var commits: Deque<ShowableCommit> = []
    private var byteCount = 0

    /// - Parameter peers: How many there are, each with recent commits in memory.
    init(peers: Int) {
        bytesMax = min(
            LinkLimits.bytesInFlightMax, max(1 << 20, Self.bytesMaxOfAll / max(1, peers)))
    }

    /// Adds the newest; the oldest make room for it.
    mutating func add(_ commit: ShowableCommit) {
        commits.append(commit)
        byteCount += commit.byteCount
        while byteCount > bytesMax, commits.count > 1, let oldest = commits.popFirst() {
            byteCount -= oldest.byteCount
        }
    }

    /// The one that holds an entry.
    ///
    /// - Complexity: Bisection.
    func commit(containing position: Position) -> ShowableCommit? {
        var (low, high) = (commits.startIndex, commits.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if commits[middle].last < position { low = middle + 1 } else { high = middle }
        }
        guard low < commits.endIndex, commits[low].first <= position else { return nil }
        return commits[low]
    }
}

extension ShownEntry {
    /// What the entry takes in an excerpt besides its proof, roughly.
    var byteCount: Int { shown.count + content.count + 96 }
}

extension [ShownCommit] {
    /// With the entry of another commit, or of one of these, in its place.
    func inserting(_ other: ShownCommit) -> [ShownCommit] {
        guard let entry = other.entries.first else { return self }
        var commits = self
        if let place = firstIndex(where: { $0.signed == other.signed }) {
            let entries = (commits[place].entries + other.entries)
                .sorted { $0.position < $1.position }
            commits[place] = ShownCommit(
                signed: other.signed, leaves: other.leaves, entries: entries)
        } else {
            let later = firstIndex { commit in
                commit.entries.first.map { $0.position > entry.position } ?? false
            }
            commits.insert(other, at: later ?? endIndex)
        }
        return commits
    }

    /// The first `count` entries, each with its commit.
    func prefix(entries count: Int) -> [ShownCommit] {
        var rest = count
        var commits: [ShownCommit] = []
        for commit in self where rest > 0 {
            let entries = [ShownEntry](commit.entries.prefix(rest))
            rest -= entries.count
            commits.append(
                ShownCommit(signed: commit.signed, leaves: commit.leaves, entries: entries))
        }
        return commits
    }
}
