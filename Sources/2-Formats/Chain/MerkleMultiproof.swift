public import Saga

/// A proof that several leaves belong to one Merkle tree: the hashes that, with those leaves, are
/// just enough to compute the root.
///
/// The hashes stand in one order: level by level from the leaves up, in each level from left to
/// right. Which they are follows from the count of leaves and the indices shown alone, so a proof
/// has one encoding, and nothing in it steers the verifier.
///
/// Known weaknesses of Merkle proofs, and why they do not apply:
/// - An odd node paired with itself gives two lists of leaves one root (Bitcoin, CVE-2012-2459).
///   Here it moves up as it is. The root alone does not fix the count of leaves, so the verifier
///   takes that from the signed header, not from the proof.
/// - A node shown as a leaf (second preimage): a leaf is the hash of 0x00 and more, a node that of
///   0x01 and more, so no bytes give the hash of both. This holds only where the verifier computes
///   leaves from the bytes that it is shown: it never takes their hashes from the sender.
/// - Flags in the proof that say how to combine hashes, and a proof that need not be used up, let a
///   forger prove any leaves (OpenZeppelin, CVE-2023-34459). Here there are no flags, each shown
///   leaf is an input of the root, and a proof with a hash left over is refused.
public enum MerkleMultiproof {
    /// The hashes that prove the leaves at `indices`.
    ///
    /// - Parameters:
    ///   - indices: 1 or more, ascending, each once, below the count of leaves.
    ///   - leaves: The hashes of all leaves, in their order: 1 to
    ///     ``CommitLimits/entriesMax``.
    /// - Returns: Never more hashes than leaves that are not shown; none where all are.
    /// - Complexity: One hash per leaf; memory for two hashes per leaf.
    public static func make(for indices: [Int], of leaves: [Hash]) -> [Hash] {
        precondition(
            areValid(indices, leafCount: leaves.count),
            "the relay shows entries of one commit, at least one, each once and in their order")
        let levels = MerkleTree.levels(of: leaves)
        var hashes: [Hash] = []
        climb(from: indices.map { ($0, ()) }, leafCount: leaves.count) { level, index in
            hashes.append(levels[level][index])
            return ()
        } join: { _, _ in
        }
        return hashes
    }

    /// The root that the leaves in `shown` and the hashes of their proof lead to.
    ///
    /// Safe for any input: none traps. A proof of another shape than ``make(for:of:)`` gives is
    /// `nil`; one of the right shape with other contents leads to another root.
    ///
    /// - Parameters:
    ///   - leafCount: From the signed header, not from the proof.
    ///   - shown: Ascending by index; each leaf computed by the caller from what it was shown.
    ///   - hashes: As ``make(for:of:)`` returns them.
    /// - Returns: The root, to be compared with the signed one; `nil` where `leafCount` is not 1 to
    ///   ``CommitLimits/entriesMax``, no leaf is shown, an index is out of order or range, or
    ///   there are more or fewer hashes than the indices need.
    /// - Complexity: At most `shown.count` + `hashes.count` - 1 hashes, and 14 passes over what is
    ///   shown.
    public static func root(
        leafCount: Int, shown: [(index: Int, leaf: Hash)], hashes: some Collection<Hash>
    ) -> Hash? {
        guard areValid(shown.map(\.index), leafCount: leafCount) else { return nil }
        var rest = hashes.makeIterator()
        let root = climb(from: shown, leafCount: leafCount) { _, _ in
            rest.next()
        } join: { left, right in
            MerkleTree.node(left, right)
        }
        return rest.next() == nil ? root : nil
    }

    private static func areValid(_ indices: [Int], leafCount: Int) -> Bool {
        guard (1...CommitLimits.entriesMax).contains(leafCount) else { return false }
        guard let first = indices.first, let last = indices.last else { return false }
        return first >= 0 && last < leafCount && zip(indices, indices.dropFirst()).allSatisfy(<)
    }

    /// Climbs from the known leaves to the root, level by level. A proof is made and verified by
    /// the same walk, so both agree on which hashes it has.
    ///
    /// - Parameters:
    ///   - leaves: Valid for `leafCount`.
    ///   - missing: The node that no known one leads to, called in the order of the proof; `nil`
    ///     ends the climb.
    ///   - join: The parent of two nodes, the left one first.
    @discardableResult
    private static func climb<Node>(
        from leaves: [(Int, Node)], leafCount: Int,
        missing: (_ level: Int, _ index: Int) -> Node?, join: (Node, Node) -> Node
    ) -> Node? {
        var known = leaves
        var width = leafCount
        var level = 0
        while width > 1 {
            var parents: [(Int, Node)] = []
            parents.reserveCapacity(known.count)
            var rest = known[...]
            while let (index, node) = rest.popFirst() {
                let sibling = index ^ 1
                var parent = node
                if sibling < width {
                    let isKnown = rest.first?.0 == sibling
                    let found = isKnown ? rest.popFirst()?.1 : missing(level, sibling)
                    guard let other = found else { return nil }
                    parent = index < sibling ? join(node, other) : join(other, node)
                }
                parents.append((index / 2, parent))
            }
            known = parents
            width = (width + 1) / 2
            level += 1
        }
        return known.first?.1
    }
}
