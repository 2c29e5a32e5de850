import Crypto
public import Saga
import Wire

/// The tree hash of RFC 6962 (2.1) over a commit's entries.
///
/// With it a single entry can be shown to belong to a signed commit without the others.
public enum MerkleTree {
    /// The root over `entries`, oldest first; for none of them SHA-256 of nothing, as the RFC says.
    ///
    /// - Complexity: Two hashes per entry.
    public static func root(of entries: some Sequence<Entry>) -> Hash {
        var level = entries.map(leaf)
        while level.count > 1 {
            level = parents(of: level)
        }
        return level.first.map { Hash($0) } ?? .sha256(of: [])
    }

    /// SHA-256 of 0x00, the position (8 bytes, big-endian), the saga's 16 bytes (zeros for none)
    /// and the payload.
    ///
    /// What stands before the payload has one width, so no two entries share an encoding, as long
    /// as no saga has the UUID of zeros: the node refuses it from clients and peers.
    private static func leaf(of entry: Entry) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(0x00 as UInt8)
        hasher.update(entry.position.number)
        hasher.update(entry.saga?.high ?? 0)
        hasher.update(entry.saga?.low ?? 0)
        entry.payload.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return hasher.finalize()
    }

    /// Pairs from the left; one that is left over moves up as it is. This gives the RFC's tree,
    /// which splits at the largest power of two below the count, without recursion.
    private static func parents(of level: [SHA256Digest]) -> [SHA256Digest] {
        stride(from: 0, to: level.count, by: 2).map { index in
            guard index + 1 < level.count else { return level[index] }
            var hasher = SHA256()
            hasher.update(0x01 as UInt8)
            level[index].withUnsafeBytes { hasher.update(bufferPointer: $0) }
            level[index + 1].withUnsafeBytes { hasher.update(bufferPointer: $0) }
            return hasher.finalize()
        }
    }
}

extension SHA256 {
    fileprivate mutating func update(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { update(bufferPointer: $0) }
    }
}
