import Crypto
public import Saga
import Wire

/// The tree hash of RFC 6962 (2.1) over a commit's entries.
///
/// With it a single entry can be shown to belong to a signed commit without the others.
public enum MerkleTree {
    /// The root over `entries`, oldest first; for none of them SHA-256 of nothing (RFC 6962, 2.1).
    ///
    /// - Complexity: Two hashes per entry.
    public static func root(of entries: some Sequence<Entry>) -> Hash {
        root(ofLeaves: entries.map(leaf))
    }

    /// The root over `leaves`, the hashes of leaves in their order; for none of them SHA-256 of
    /// nothing.
    ///
    /// - Complexity: One hash per leaf.
    public static func root(ofLeaves leaves: [Hash]) -> Hash {
        levels(of: leaves).last?.first ?? .sha256(of: [])
    }

    /// All hashes of the tree: the leaves first, the root alone in the last level.
    static func levels(of leaves: [Hash]) -> [[Hash]] {
        Array(sequence(first: leaves) { $0.count > 1 ? parents(of: $0) : nil })
    }

    /// The leaf of an entry, as ``leaf(at:under:keptHash:shown:)`` has it.
    public static func leaf(of entry: Entry) -> Hash {
        leaf(
            at: entry.position, under: entry.saga, keptHash: entry.keptHash,
            shown: entry.parts.shown)
    }

    /// SHA-256 of 0x00, the position (8 bytes, big-endian), the UUID's 16 bytes (zeros for none),
    /// the hash of what is kept, and what is shown.
    ///
    /// What stands before the part that is shown has one width, so no two entries share an
    /// encoding, as long as no saga has the UUID of zeros: the node refuses it from clients and
    /// peers. So neither what is kept has to be shown nor the content, whose hash is in what is
    /// shown.
    ///
    /// - Complexity: One hash of `shown`.
    public static func leaf(
        at position: Position, under saga: CommandID?, keptHash: Hash, shown: [UInt8]
    ) -> Hash {
        var hasher = SHA256()
        hasher.update(0x00 as UInt8)
        hasher.update(position.number)
        hasher.update(saga?.high ?? 0)
        hasher.update(saga?.low ?? 0)
        keptHash.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        shown.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Hash(hasher.finalize())
    }

    /// SHA-256 of two parts, one behind the other, without an array of both.
    static func hash(of first: [UInt8], _ second: [UInt8]) -> Hash {
        var hasher = SHA256()
        first.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        second.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Hash(hasher.finalize())
    }

    /// SHA-256 of 0x00 and a hash: a leaf of the history tree.
    ///
    /// - Parameter hash: SHA-256 of a commit's signed header.
    public static func leaf(of hash: Hash) -> Hash {
        var hasher = SHA256()
        hasher.update(0x00 as UInt8)
        hash.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Hash(hasher.finalize())
    }

    /// SHA-256 of 0x01 and both children.
    ///
    /// The byte in front differs from that of a leaf, so no node can be shown as a leaf, nor a leaf
    /// as a node: against second preimages (RFC 6962, 2.1).
    static func node(_ left: Hash, _ right: Hash) -> Hash {
        var hasher = SHA256()
        hasher.update(0x01 as UInt8)
        left.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        right.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return Hash(hasher.finalize())
    }

    /// Pairs from the left; one that is left over moves up as it is. This gives the RFC's tree,
    /// which splits at the largest power of two below the count, without recursion.
    private static func parents(of level: [Hash]) -> [Hash] {
        stride(from: 0, to: level.count, by: 2).map { index in
            index + 1 < level.count ? node(level[index], level[index + 1]) : level[index]
        }
    }
}

extension SHA256 {
    fileprivate mutating func update(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { update(bufferPointer: $0) }
    }
}
