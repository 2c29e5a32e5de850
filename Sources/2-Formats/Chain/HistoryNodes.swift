public import Saga

/// All nodes of a history tree, in memory: from them a path to any commit can be made, in the tree
/// as it was after any number of commits.
///
/// Only the roots of complete subtrees are stored, because no later commit changes them. They stand
/// in the order in which they are completed, so nodes are only ever appended: leaf 0, leaf 1, their
/// parent, leaf 2, leaf 3, their parent, the root of all four, leaf 4 … The checksum database of Go
/// modules stores its tree in the same order (`golang.org/x/mod/sumdb/tlog`).
///
/// A cache in a file (`HistoryFile`) has the same hashes in the same order, and makes paths by
/// ``AuditPath/init(to:inTreeOf:reading:)``. A cache that is lost is filled again from the log.
public struct HistoryNodes: Hashable, Sendable {
    /// The tree of all commits appended.
    public private(set) var tree: HistoryTree
    /// ``HistoryTree/nodeCount`` hashes in the order in which they were completed.
    public private(set) var hashes: [Hash]

    /// The nodes of no commits.
    public init() {
        tree = HistoryTree()
        hashes = []
    }

    /// The nodes of `tree` as a cache has them.
    ///
    /// - Returns: `nil` where there are more or fewer than the tree has, or the roots of its
    ///   complete subtrees are others. That the nodes below are right is not checked: a path that
    ///   was made of wrong ones proves nothing.
    /// - Complexity: O(log n).
    public init?(of tree: HistoryTree, hashes: [Hash]) {
        guard UInt64(hashes.count) == tree.nodeCount else { return nil }
        let places = Self.places(ofFrontierAfter: tree.count)
        guard places.map({ hashes[Int($0)] }) == tree.frontier else { return nil }
        self.tree = tree
        self.hashes = hashes
    }

    /// Appends a commit.
    ///
    /// - Parameter commitHash: SHA-256 of the commit's signed header.
    /// - Complexity: Two hashes on average, O(log n) at most.
    public mutating func append(_ commitHash: Hash) {
        hashes += tree.append(commitHash)
    }

    /// The path to a commit in the tree as it was after `count` commits.
    ///
    /// Traps where `index` is not below `count`.
    ///
    /// - Parameters:
    ///   - index: Below `count`: 0 for the first commit.
    ///   - count: The number of commits that the root is of, not of those appended here.
    /// - Returns: `nil` where fewer than `count` commits were appended.
    /// - Complexity: O(log n), as ``AuditPath/init(to:inTreeOf:reading:)``.
    public func path(to index: UInt64, inTreeOf count: UInt64) -> AuditPath? {
        guard count <= tree.count else { return nil }
        return AuditPath(to: index, inTreeOf: count) { hashes[Int($0)] }
    }
}

// MARK: - Places

extension HistoryNodes {
    /// The place of a commit's leaf, which is also the number of nodes that the commits before it
    /// complete.
    ///
    /// - Parameter index: The place of the commit in its log: 0 for the first, at most
    ///   ``HistoryTree/countMax``.
    public static func place(ofLeaf index: UInt64) -> UInt64 {
        place(level: 0, completedBy: index)
    }

    /// The places of the nodes that ``HistoryTree/frontier`` has after `count` commits, in its
    /// order.
    ///
    /// - Parameter count: At most ``HistoryTree/countMax``.
    /// - Returns: Where `count` is not 0, the last of them is the last node of the tree.
    public static func places(ofFrontierAfter count: UInt64) -> [UInt64] {
        places(ofSubtreesFrom: 0, count: count).reversed()
    }

    /// The most commits whose nodes are all among the first `nodeCount`: a cache that was cut off
    /// holds those of no more.
    ///
    /// - Parameter nodeCount: At most 2^62.
    /// - Complexity: Fewer than 64 steps.
    public static func commitCount(ofNodes nodeCount: UInt64) -> UInt64 {
        // n commits complete 2n nodes, less one for each bit of n that is set.
        var count = nodeCount / 2
        while place(ofLeaf: count + 1) <= nodeCount { count += 1 }
        return count
    }

    /// The place of the node at `level` (0: leaves) that is completed by the leaf at `index`.
    ///
    /// Before that leaf stand the leaves before it, and as many nodes as they completed.
    static func place(level: Int, completedBy index: UInt64) -> UInt64 {
        2 * index - UInt64(index.nonzeroBitCount) + UInt64(level)
    }

    /// The places of the complete subtrees that `count` leaves from `first` on consist of, the last
    /// and smallest first.
    ///
    /// - Parameter first: The first leaf of a subtree of the RFC's tree, so a multiple of the size
    ///   of the largest of them.
    static func places(ofSubtreesFrom first: UInt64, count: UInt64) -> [UInt64] {
        var places: [UInt64] = []
        var rest = count
        while rest > 0 {
            let level = rest.trailingZeroBitCount
            places.append(place(level: level, completedBy: first + rest - 1))
            rest -= 1 << UInt64(level)
        }
        return places
    }
}
