public import Chain
public import Saga
import Synchronization

/// The nodes of a log's history tree as a file beside the log, so that a path to any commit can be
/// made without the history in memory: 64 bytes a commit.
///
/// The file holds what `HistoryTree.append(_:)` returned, commit by commit: 32 bytes a node, in the
/// order of `HistoryNodes`, and nothing else. Nodes are only appended.
///
/// It is a cache of the log, and nothing in it is trusted. What is missing, cut off, zeroed by a
/// crash or of another log is replaced from the log by ``bring(to:from:)``, as far as the tree's
/// frontier shows it; call that after each opening. A wrong node further down is in no frontier,
/// and a path made of it proves nothing (`AuditPath.proves(_:inTreeOf:root:)`): verify each path,
/// and where one fails, call ``reset()`` and bring the file to the tree again.
///
/// One writer at a time, any number of readers. Readers wait for no write. Nothing here waits until
/// the disk has what is written: what a power failure loses is filled again. A reading or a write
/// blocks its thread as long as the system takes for it, which is short unless the disk is busy.
public final class HistoryFile: Sendable {
    /// What readers use.
    private struct Readable: Sendable {
        /// `nil` once closed.
        var nodes: (any NodeStore)?
        /// Commits whose nodes are all written.
        var count: UInt64
    }

    private let readable: Mutex<Readable>
    /// The tree of all commits appended. Locked while a writer writes, and before `readable`.
    private let writer: Mutex<HistoryTree>

    private init(_ nodes: any NodeStore, _ tree: HistoryTree) {
        readable = Mutex(Readable(nodes: nodes, count: tree.count))
        writer = Mutex(tree)
    }

    /// Opens the file at `path`, or makes it, for its owner only (0600).
    ///
    /// What is no whole node at its end, and nodes of a commit that are not all there, are cut off.
    /// A lock (flock) keeps every other opening out until ``close()``, or until the process ends.
    ///
    /// - Parameter path: In a folder that exists, on a local disk.
    /// - Throws: ``HistoryFileError``: `.refused` — a link, not a file, or others may write it;
    ///   `.locked` — it is open elsewhere; `.unavailable`.
    /// - Complexity: At most 64 nodes are read.
    public convenience init(at path: String) throws(HistoryFileError) {
        let nodes = try NodesInFile(at: path)
        let count = HistoryNodes.commitCount(ofNodes: try nodes.nodeCount())
        guard let tree = HistoryTree(ofFirst: count, in: nodes) else {
            throw HistoryFileError(
                .unavailable,
                """
                \(path) cannot be read: look at its disk, or remove the file. It is filled again \
                from the log.
                """)
        }
        try nodes.cut(to: tree.nodeCount)
        self.init(nodes, tree)
    }

    /// The same in memory, gone with the process: for tests and simulations.
    ///
    /// - Parameter bytes: What a file would be found with; none for a new one.
    public convenience init(inMemory bytes: [UInt8]) {
        let nodes = NodesInMemory(bytes)
        let count = HistoryNodes.commitCount(ofNodes: nodes.nodeCount())
        // Whole nodes in memory are all there, so there is a tree.
        self.init(nodes, HistoryTree(ofFirst: count, in: nodes) ?? HistoryTree())
    }

    /// Gives the file and its lock back, once the reads in flight have ended. Later reads find
    /// nothing, and every later write throws `.closed`.
    public func close() {
        writer.withLock { tree in
            tree = HistoryTree()
            readable.withLock { $0 = Readable(nodes: nil, count: 0) }
        }
    }
}

// MARK: - Reading

extension HistoryFile {
    /// The number of commits that the file has the nodes of; 0 once closed.
    public var count: UInt64 { readable.withLock { $0.count } }

    /// The node at a place of `HistoryNodes`: 0 for the first.
    ///
    /// While the file is cut or begun again, a reader may get the node from before.
    ///
    /// - Returns: `nil` behind the end, where the disk does not give it, and once closed.
    /// - Complexity: One read of 32 bytes.
    public func node(at place: UInt64) -> Hash? {
        let seen = readable.withLock { $0 }
        guard place < HistoryNodes.place(ofLeaf: seen.count) else { return nil }
        return seen.nodes?.node(at: place)
    }

    /// The path to a commit in the tree as it was after `count` commits.
    ///
    /// Made of nodes that may be damaged: compare it with a signed root before it is sent
    /// (`AuditPath.proves(_:inTreeOf:root:)`). Traps where `index` is not below `count`.
    ///
    /// - Parameters:
    ///   - index: Below `count`: 0 for the first commit.
    ///   - count: The number of commits that the root is of, not of those in the file.
    /// - Returns: `nil` where a node is missing, as it is where the file has fewer commits.
    /// - Complexity: As `AuditPath.init(to:inTreeOf:reading:)`, with one read a node.
    public func path(to index: UInt64, inTreeOf count: UInt64) -> AuditPath? {
        guard count <= self.count else { return nil }
        return try? AuditPath(to: index, inTreeOf: count) { place throws(MissingNode) in
            guard let node = node(at: place) else { throw MissingNode() }
            return node
        }
    }

    private struct MissingNode: Error {}

    /// Whether the log has a commit of this number and hash, as far as the file knows.
    ///
    /// It is the cache that answers: `false` may also mean that the file is behind or damaged. What
    /// must be certain is shown by ``path(to:inTreeOf:)`` and a signed root.
    ///
    /// - Parameters:
    ///   - number: As in the commit's header: 1 for the first.
    ///   - hash: SHA-256 of the commit's signed header.
    /// - Complexity: One hash, one read of 32 bytes.
    public func holds(commit number: UInt64, hash: Hash) -> Bool {
        guard number > 0, number <= count else { return false }
        return node(at: HistoryNodes.place(ofLeaf: number - 1)) == MerkleTree.leaf(of: hash)
    }
}

// MARK: - Writing

extension HistoryFile {
    /// Appends the nodes of commits that are durable in the log.
    ///
    /// That they continue what the file has is not checked here: a gap is found when the file is
    /// brought to a tree (``bring(to:from:)``).
    ///
    /// - Parameter commitHashes: SHA-256 of each commit's signed header, the oldest first.
    /// - Throws: ``HistoryFileError``: `.unavailable` — nothing was appended; `.closed`.
    /// - Complexity: One write, two hashes a commit, and 64 bytes of memory a commit.
    public func append(_ commitHashes: some Sequence<Hash>) throws(HistoryFileError) {
        let hashes = Array(commitHashes)
        try writer.withLock { tree throws(HistoryFileError) in
            try append(hashes, to: &tree)
        }
    }

    /// Begins again, without any commit: for a file of which a node turned out to be damaged.
    ///
    /// - Throws: ``HistoryFileError``: `.unavailable` — the file counts as empty all the same, but
    ///   its next opening may find what it had; `.closed`.
    public func reset() throws(HistoryFileError) {
        try writer.withLock { own throws(HistoryFileError) in
            try cut(&own, to: HistoryTree())
        }
    }

    /// As ``append(_:)``, by a caller that knows what is there.
    ///
    /// - Returns: The tree with the new commits.
    /// - Throws: As ``append(_:)``; `.conflict` — the file no longer ends with `tree`.
    func append(
        _ commitHashes: [Hash], after tree: HistoryTree
    ) throws(HistoryFileError) -> HistoryTree {
        try writer.withLock { own throws(HistoryFileError) in
            guard own == tree else {
                throw HistoryFileError(
                    .conflict,
                    """
                    The history file was changed while it was filled from the log: let one writer \
                    use it, and fill it again.
                    """)
            }
            try append(commitHashes, to: &own)
            return own
        }
    }

    /// Drops the commits behind a tree, where the file has that tree.
    ///
    /// - Returns: `false` where it has fewer commits, or others.
    /// - Throws: As ``reset()``.
    func cut(to tree: HistoryTree) throws(HistoryFileError) -> Bool {
        try writer.withLock { own throws(HistoryFileError) in
            let nodes = try openNodes()
            guard own.count >= tree.count, HistoryTree(ofFirst: tree.count, in: nodes) == tree
            else { return false }
            if own != tree { try cut(&own, to: tree) }
            return true
        }
    }

    /// The tree of all commits appended, read again; `nil` where the file no longer has it.
    func storedTree() throws(HistoryFileError) -> HistoryTree? {
        let nodes = try openNodes()
        let tree = writer.withLock { $0 }
        return HistoryTree(ofFirst: tree.count, in: nodes) == tree ? tree : nil
    }

    private func append(_ hashes: [Hash], to tree: inout HistoryTree) throws(HistoryFileError) {
        var longer = tree
        var completed: [Hash] = []
        for hash in hashes { completed += longer.append(hash) }
        try openNodes().put(completed, at: tree.nodeCount)
        tree = longer
        publish(longer.count)
    }

    /// Readers learn of the new end first: what is dropped is then in no tree that they know.
    private func cut(_ own: inout HistoryTree, to tree: HistoryTree) throws(HistoryFileError) {
        let nodes = try openNodes()
        own = tree
        publish(tree.count)
        try nodes.cut(to: tree.nodeCount)
    }

    private func publish(_ count: UInt64) {
        readable.withLock { $0.count = count }
    }

    private func openNodes() throws(HistoryFileError) -> any NodeStore {
        guard let nodes = readable.withLock({ $0.nodes }) else {
            throw HistoryFileError(
                .closed, "The history file is closed: open it again to use it.")
        }
        return nodes
    }
}
