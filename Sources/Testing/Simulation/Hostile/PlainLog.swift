import Chain
import Links
import Saga
import Wire

/// A log that no engine writes: the holder of a key can sign any.
struct PlainLog {
    let node: NodeName
    /// Those that were appended here, oldest first.
    private(set) var commits: [Commit] = []
    private var end: LogEnd
    private var nodes: HistoryNodes

    /// A new log.
    init(of node: NodeName) {
        self.init(of: node, after: .empty(of: Epoch(1)), HistoryNodes())
    }

    /// Continues a log of which `nodes` has the history.
    init(of node: NodeName, after end: LogEnd, _ nodes: HistoryNodes) {
        self.node = node
        self.end = end
        self.nodes = nodes
    }

    /// The same log without its end: only its first commits.
    func first(_ count: UInt64) -> PlainLog {
        var log = PlainLog(of: node)
        for commit in commits.prefix(Int(count)) { log.advance(over: commit) }
        return log
    }

    /// Where the next entry stands.
    var next: Position { end.head.position + 1 }

    /// - Parameter time: Perhaps earlier than that of the commit before: then that one counts.
    @discardableResult
    mutating func append(
        _ entries: [(saga: CommandID?, parts: EntryParts)], at time: Timestamp, _ key: SigningKey
    ) -> Commit {
        let commit = Commit.signed(
            entries, after: end, node: node, timeline: 0,
            time: max(time, commits.last?.header.time ?? time), inboxes: [:], key: key)
        advance(over: commit)
        return commit
    }

    private mutating func advance(over commit: Commit) {
        end.advance(over: commit)
        nodes.append(commit.hash)
        commits.append(commit)
    }

    /// The entries for a peer from a number on, and the newest `read`, under the newest header: as
    /// many as fit into a record.
    ///
    /// - Parameters:
    ///   - previous: The header that is named as the one before; `nil` for none.
    ///   - header: The newest commit's, or what is to stand in its place.
    /// - Returns: `nil` where there is nothing to show.
    func excerpt(
        for peer: NodeName, from number: UInt64, naming previous: HeaderName?,
        under header: SignedHeader? = nil
    ) -> Excerpt? {
        guard let newest = commits.last else { return nil }
        let signed = header ?? SignedHeader(newest)
        var shown: [ShownCommit] = []
        var hasRead = false
        for commit in commits.reversed() {
            var entries: [ShownEntry] = []
            for entry in commit.entries.reversed().compactMap({ try? ShownEntry($0) })
            where entry.says.peer == peer {
                if let its = entry.says.number {
                    if its >= number { entries.append(entry) }
                } else if !hasRead {
                    hasRead = true
                    entries.append(entry)
                }
            }
            guard !entries.isEmpty else { continue }
            shown.append(
                ShownCommit(
                    signed: commit.hash == newest.hash ? signed : SignedHeader(commit),
                    leaves: commit.entries.map(MerkleTree.leaf(of:)),
                    entries: entries.reversed()))
        }
        guard shown.contains(where: { $0.entries.contains { $0.says.number != nil } }),
            let witnessed = try? WitnessedHeader(signed)
        else { return nil }
        let made = try? Excerpt.make(under: witnessed, naming: previous, of: shown.reversed()) {
            $0 < nodes.hashes.count ? nodes.hashes[Int($0)] : nil
        }
        return made?.excerpt
    }
}

extension SignedHeader {
    /// That of a commit.
    init(_ commit: Commit) {
        self.init(bytes: commit.headerBytes, signature: commit.signature)
    }
}
