import Saga
import Wire

/// RFC 6962, 2.1 and 2.1.1, word for word: slow and plain.
enum RFC6962 {
    static func leaf(_ bytes: [UInt8]) -> Hash { .sha256(of: [0x00] + bytes) }

    static func node(_ left: Hash, _ right: Hash) -> Hash {
        .sha256(of: [0x01] + left.bytes + right.bytes)
    }

    /// MTH.
    static func root(of leaves: some Collection<Hash>) -> Hash {
        guard leaves.count > 1 else { return leaves.first ?? .sha256(of: []) }
        let split = split(leaves.count)
        return node(root(of: leaves.prefix(split)), root(of: leaves.dropFirst(split)))
    }

    /// PATH.
    static func path(to index: Int, of leaves: [Hash]) -> [Hash] {
        guard leaves.count > 1 else { return [] }
        let split = split(leaves.count)
        let (left, right) = (Array(leaves[..<split]), Array(leaves[split...]))
        return index < split
            ? path(to: index, of: left) + [root(of: right)]
            : path(to: index - split, of: right) + [root(of: left)]
    }

    /// The largest power of two below `count`.
    static func split(_ count: Int) -> Int {
        var split = 1
        while split * 2 < count {
            split *= 2
        }
        return split
    }
}

/// The reference vectors of Certificate Transparency (`merkle_tree_test.cc` and later copies of
/// it), which check the recursion above too.
enum CertificateTransparency {
    /// What the leaves are hashed from.
    static let texts = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]

    /// The root of the first 0, 1, 2 … leaves.
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    static let paths: [(index: Int, count: Int, hashes: [String])] = [
        (0, 1, []),
        (
            0, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            5, 8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1, 5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ]

    static let leaves = texts.compactMap { Hexadecimal.bytes(of: $0) }.map(RFC6962.leaf)
}

extension Hash {
    /// What stands at `number` of a made-up history or commit.
    static func sample(_ number: Int) -> Hash { .sha256(of: Array("\(number)".utf8)) }

    /// The same but for one bit.
    func flipped(bit: Int) throws -> Hash {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        guard let hash = Hash(bytes: bytes) else { throw NoHash() }
        return hash
    }

    private struct NoHash: Error {}
}

extension [Hash] {
    /// For each hash, the hashes with that bit of it turned.
    func flipped(bit: Int) throws -> [[Hash]] {
        try indices.map { place in
            var hashes = self
            hashes[place] = try hashes[place].flipped(bit: bit)
            return hashes
        }
    }

    /// All that a forger gets by leaving one hash out, putting one in, or exchanging two that
    /// differ.
    var rearranged: [[Hash]] {
        let shorter = indices.map { self[..<$0] + self[($0 + 1)...] }
        let longer = (0...count).flatMap { place in
            Set(self + [.zero, .sample(-1)]).map { self[..<place] + [$0] + self[place...] }
        }
        let exchanged = indices.flatMap { one in
            indices.filter { $0 > one && self[$0] != self[one] }.map { other in
                var hashes = self
                hashes.swapAt(one, other)
                return hashes
            }
        }
        return (shorter + longer).map(Array.init) + exchanged
    }
}
