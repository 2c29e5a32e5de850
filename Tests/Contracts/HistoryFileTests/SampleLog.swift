import Chain
import EventLog
import HistoryFile
import Saga
import Testing
import Wire

/// A log of commits as an engine makes them, with all that can be known of its history.
struct SampleLog {
    let commits: [Commit]
    let hashes: [Hash]
    /// After 0, 1, 2 … commits.
    let trees: [HistoryTree]
    let nodes: HistoryNodes
    /// A history file of all commits.
    let bytes: [UInt8]

    /// 70 commits, a size at which the tree has complete and incomplete parts.
    static let ofSeventy = Result { try SampleLog(commits: 70) }
    /// Short enough to be cut at every byte.
    static let short = Result { try SampleLog(commits: 21) }
    /// As many commits as ``ofSeventy``, signed by another key: none of them is the same.
    static let other = Result { try SampleLog(commits: 70, seed: 8) }

    private init(commits count: Int, seed: UInt8 = 7) throws {
        let node = try #require(NodeName("bank-a"))
        let key = try #require(SigningKey(rawBytes: [UInt8](repeating: seed, count: 32)))
        var end = LogEnd.empty(of: Epoch(0))
        var commits: [Commit] = []
        var trees = [end.history]
        var nodes = HistoryNodes()
        for number in 0..<count {
            // One entry, two, three, one …: positions are other numbers than those of commits.
            let parts = (0...(number % 3)).map { EntryParts(kept: [UInt8($0)]) }
            let commit = Commit.signed(
                parts.map { (saga: nil, parts: $0) }, after: end, node: node, timeline: 1,
                time: Timestamp(milliseconds: 1_000), inboxes: [:], key: key)
            end.advance(over: commit)
            commits.append(commit)
            trees.append(end.history)
            nodes.append(commit.hash)
        }
        self.commits = commits
        hashes = commits.map(\.hash)
        self.trees = trees
        self.nodes = nodes
        bytes = nodes.hashes.flatMap(\.bytes)
    }

    var count: Int { commits.count }

    /// The log of the first `count` commits.
    func log(of count: Int) throws -> InMemoryEventLog {
        var storage = LogStorage()
        for commit in commits.prefix(count) { try storage.append(commit) }
        return InMemoryEventLog(storage)
    }

    /// The history file of the first `count` commits.
    func bytes(of count: Int) -> [UInt8] { Array(bytes.prefix(byteCount(of: count))) }

    func byteCount(of count: Int) -> Int { 32 * Int(trees[count].nodeCount) }

    /// Whether a history has the nodes of exactly the first `count` commits.
    func isWhole(_ history: HistoryFile, after count: Int) -> Bool {
        let nodeCount = Int(trees[count].nodeCount)
        return history.count == UInt64(count)
            && history.node(at: UInt64(nodeCount)) == nil
            && (0..<nodeCount).allSatisfy { history.node(at: UInt64($0)) == nodes.hashes[$0] }
    }

    /// Whether paths of a history prove every commit to the root after `count` of them.
    func isProven(by history: HistoryFile, after count: Int) -> Bool {
        let root = trees[count].root
        return (0..<count).allSatisfy { index in
            let path = history.path(to: UInt64(index), inTreeOf: UInt64(count))
            return path?.proves(hashes[index], inTreeOf: UInt64(count), root: root) ?? false
        }
    }
}
