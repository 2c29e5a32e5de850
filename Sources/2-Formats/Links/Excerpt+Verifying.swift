import Chain
public import Saga
import Wire

/// The reason why an excerpt proves nothing. An honest node makes no such excerpt.
public enum ExcerptFault: Error, Hashable, Sendable {
    /// A commit is not in the newest header's history, or of a higher timeline.
    case otherHistory(at: Position)
    /// The entries are not those of the commit.
    case otherEntries(at: Position)
    /// A content is not the one that its entry names.
    case otherContent(at: Position)
}

extension Excerpt {
    /// Verifies that every entry is in the log that the newest header signs for.
    ///
    /// Knows no keys: the caller checks whose signature the newest header carries.
    ///
    /// - Throws: ``ExcerptFault``: the first fault, with the first position of the commit, or that
    ///   of the entry.
    /// - Complexity: One hash per entry and per hash of a proof, and one of each content: bounded
    ///   by the excerpt's bytes.
    public func verify() throws(ExcerptFault) {
        for commit in commits {
            let header = commit.listed?.header ?? newest.header
            if let listed = commit.listed {
                guard header.timeline <= newest.header.timeline,
                    newest.hasInHistory(
                        HeaderName(commit: header.number, hash: .sha256(of: listed.bytes)),
                        path: commit.path)
                else { throw .otherHistory(at: header.first) }
            }
            let shown = commit.entries.map { entry in
                (index: Int(entry.position.number - header.first.number), leaf: entry.leaf)
            }
            let leafCount = Int(header.last.number - header.first.number) + 1
            let root = MerkleMultiproof.root(
                leafCount: leafCount, shown: shown, hashes: commit.proof)
            guard root == header.merkleRoot else { throw .otherEntries(at: header.first) }
            for entry in commit.entries where !entry.hasItsContent {
                throw .otherContent(at: entry.position)
            }
        }
    }

    /// Whether the newest header is one that was taken before, or names that as the record before
    /// and has it in its history.
    ///
    /// - Parameter header: What was taken, by the receiver's own knowledge.
    /// - Complexity: One hash per hash of the path.
    func continues(_ header: HeaderName) -> Bool {
        if newest.name == header { return true }
        guard let previous, previous.hash == header.hash else { return false }
        return newest.hasInHistory(header, path: previous.path)
    }
}

extension WitnessedHeader {
    /// Whether the path proves that a commit is in this header's history: before it, in its log.
    ///
    /// Index and size come from the names, not from the proof.
    func hasInHistory(_ name: HeaderName, path: [Hash]) -> Bool {
        guard name.commit > 0, name.commit < header.number else { return false }
        return AuditPath(index: name.commit - 1, treeSize: header.number - 1, hashes: path)
            .proves(name.hash, inTreeOf: header.number - 1, root: header.historyRoot)
    }
}
