public import Saga

/// A proof that a commit belongs to a history: the hashes from its leaf to the root of the history
/// tree (RFC 6962, 2.1.1; RFC 9162, 2.1.3).
public struct AuditPath: Hashable, Sendable {
    /// The most hashes that any path has, whatever it says of itself.
    public static let hashesMax = 64

    /// The place of the commit in its log: 0 for the first.
    public let index: UInt64
    /// The number of commits in the tree.
    public let treeSize: UInt64
    /// The siblings on the way to the root, the leaf's own first.
    public let hashes: [Hash]

    /// Takes the parts as they are: ``root(of:)`` refuses those that make no path.
    public init(index: UInt64, treeSize: UInt64, hashes: [Hash]) {
        self.index = index
        self.treeSize = treeSize
        self.hashes = hashes
    }

    /// Compares the root that the path leads to with a signed one.
    ///
    /// A root alone does not fix how many commits it is of, so the caller takes that from the
    /// signed header, not from the path. It also compares ``index`` with the commit's own header.
    ///
    /// - Parameters:
    ///   - commitHash: SHA-256 of the commit's signed header, computed by the caller.
    ///   - count: The number of commits before the signed header that has `root`.
    ///   - root: The history root in that header.
    /// - Returns: `false` for any path but the one from this commit at ``index`` to this root.
    public func proves(_ commitHash: Hash, inTreeOf count: UInt64, root: Hash) -> Bool {
        treeSize == count && self.root(of: commitHash) == root
    }

    /// The root that the path leads to from a commit (RFC 9162, 2.1.3.2).
    ///
    /// Safe for paths from any source: none traps, and none costs more than ``hashesMax`` hashes.
    ///
    /// - Parameter commitHash: SHA-256 of the commit's signed header. The leaf is computed here, so
    ///   that no node of the tree can be shown as a commit.
    /// - Returns: `nil` where the tree has no such index, or the path has more or fewer hashes than
    ///   one to it has.
    /// - Complexity: One hash per element of ``hashes``, at most ``hashesMax``.
    public func root(of commitHash: Hash) -> Hash? {
        root(ofLeaf: MerkleTree.leaf(of: commitHash))
    }

    func root(ofLeaf leaf: Hash) -> Hash? {
        guard index < treeSize else { return nil }
        // In the RFC fn and sn: the node on the way, and the last one of its level.
        var node = index
        var last = treeSize - 1
        var root = leaf
        for hash in hashes {
            guard last > 0 else { return nil }
            if node & 1 == 1 || node == last {
                root = MerkleTree.node(hash, root)
                // A last node without a sibling moved up as it is, until it is a right child.
                let levels = node.trailingZeroBitCount
                node >>= levels
                last >>= levels
            } else {
                root = MerkleTree.node(root, hash)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 ? root : nil
    }
}

extension AuditPath {
    /// The path to a commit, made of the nodes that ``HistoryTree/append(_:)`` returned.
    ///
    /// The nodes may be of more commits than `treeSize`: those of later ones are not read. A path
    /// of damaged nodes proves nothing: check it with ``proves(_:inTreeOf:root:)`` before sending.
    /// Traps where `index` is not below `treeSize`.
    ///
    /// - Parameters:
    ///   - index: Below `treeSize`: 0 for the first commit.
    ///   - treeSize: The number of commits that the root is of.
    ///   - node: Reads the node at a place: 0 for the first that was ever returned.
    /// - Throws: What `node` throws.
    /// - Complexity: O(log n): fewer than 2 log2(`treeSize`) + 2 nodes read, and half as many
    ///   hashes.
    public init<Fault>(
        to index: UInt64, inTreeOf treeSize: UInt64,
        reading node: (_ place: UInt64) throws(Fault) -> Hash
    ) throws(Fault) {
        precondition(index < treeSize, "a header's history holds the commits before it only")
        var siblings: [Hash] = []
        var first: UInt64 = 0
        var count = treeSize
        while count > 1 {
            // The largest power of two below the count: where the RFC splits.
            let split: UInt64 = 1 << UInt64(63 - (count - 1).leadingZeroBitCount)
            let isLeft = index - first < split
            let (siblingFirst, siblingCount) =
                isLeft ? (first + split, count - split) : (first, split)
            siblings.append(
                try Self.root(from: siblingFirst, count: siblingCount, reading: node))
            first += isLeft ? 0 : split
            count = isLeft ? split : count - split
        }
        self.init(index: index, treeSize: treeSize, hashes: siblings.reversed())
    }

    /// The root of a subtree of the RFC's tree. Only one sibling of a path, on the right, is not
    /// complete and has to be computed; of all others the one node is read.
    private static func root<Fault>(
        from first: UInt64, count: UInt64, reading node: (_ place: UInt64) throws(Fault) -> Hash
    ) throws(Fault) -> Hash {
        let places = HistoryNodes.places(ofSubtreesFrom: first, count: count)
        var root = try node(places[0])
        for place in places.dropFirst() {
            root = MerkleTree.node(try node(place), root)
        }
        return root
    }
}
