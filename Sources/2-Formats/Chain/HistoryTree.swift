public import Saga
import Wire

/// The tree hash of RFC 6962 (2.1) over the hashes of all commits of a log so far: its root in a
/// signed header lets any earlier commit be shown to belong to the header's history.
///
/// It keeps the roots of the complete subtrees only, which is all that appending needs. A leaf is
/// SHA-256 of 0x00 and a commit's hash, a node SHA-256 of 0x01 and its two children.
public struct HistoryTree: Hashable, Sendable {
    /// The number of commits in the tree.
    public private(set) var count: UInt64
    /// The roots of the complete subtrees, the largest with the oldest commits first: one for each
    /// bit of ``count`` that is set, so at most 63.
    public private(set) var frontier: [Hash]

    /// The most commits that a tree which is read may have: 2^62, which no log reaches.
    public static let countMax: UInt64 = 1 << 62

    /// The tree of no commits.
    public init() {
        count = 0
        frontier = []
    }

    /// A tree as a snapshot has it.
    ///
    /// Only the shape is checked: whether it is the log's history follows from the header that
    /// names its ``root``.
    ///
    /// - Returns: `nil` where `frontier` does not have one hash for each bit of `count` that is
    ///   set, or `count` is beyond ``countMax``.
    public init?(count: UInt64, frontier: [Hash]) {
        guard count <= Self.countMax, count.nonzeroBitCount == frontier.count else { return nil }
        self.count = count
        self.frontier = frontier
    }

    /// The number of nodes, leaves included, that appending the commits has completed: fewer than
    /// two a commit, so 64 bytes a commit hold them all.
    public var nodeCount: UInt64 { 2 * count - UInt64(count.nonzeroBitCount) }

    /// The root of the tree; SHA-256 of nothing where it is empty.
    ///
    /// - Complexity: At most one hash per element of ``frontier``.
    public var root: Hash {
        guard var root = frontier.last else { return .sha256(of: []) }
        for subtree in frontier.dropLast().reversed() {
            root = MerkleTree.node(subtree, root)
        }
        return root
    }

    /// Appends a commit.
    ///
    /// - Parameter commitHash: SHA-256 of the commit's signed header.
    /// - Returns: The nodes that the commit completes: its leaf, then the roots of the subtrees
    ///   that it is the last leaf of, the smallest first. A cache of nodes appends them as they are
    ///   (see ``HistoryNodes``).
    /// - Complexity: Two hashes on average, O(log n) at most.
    @discardableResult
    public mutating func append(_ commitHash: Hash) -> [Hash] {
        append(leaf: MerkleTree.leaf(of: commitHash))
    }

    /// Leaf i completes as many subtrees as i + 1 has zero bits at its end.
    mutating func append(leaf: Hash) -> [Hash] {
        var completed = [leaf]
        var node = leaf
        for _ in 0..<(count + 1).trailingZeroBitCount {
            node = MerkleTree.node(frontier.removeLast(), node)
            completed.append(node)
        }
        frontier.append(node)
        count += 1
        return completed
    }
}
