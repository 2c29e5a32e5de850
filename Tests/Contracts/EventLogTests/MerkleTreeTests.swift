import Chain
import Saga
import Testing
import Wire

@Suite struct MerkleTreeTests {
    @Test("Every size gives the root that the RFC's recursion gives", arguments: 0...40)
    func recursion(count: Int) {
        let entries = Self.entries(count)
        #expect(MerkleTree.root(of: entries) == RFC6962.root(of: entries.map(Self.leafBytes)))
    }

    @Test("Seven leaves have the shape of the RFC's example")
    func shape() {
        let entries = Self.entries(7)
        let leaves = entries.map { RFC6962.leaf(Self.leafBytes($0)) }
        func node(_ left: Hash, _ right: Hash) -> Hash { RFC6962.node(left, right) }
        let left = node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3]))
        let right = node(node(leaves[4], leaves[5]), leaves[6])
        #expect(MerkleTree.root(of: entries) == node(left, right))
    }

    /// The published vectors of Certificate Transparency: this keeps the recursion here honest.
    @Test(
        "The recursion gives the published roots",
        arguments: [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ])
    func publishedRoots(count: Int, root: String) throws {
        let texts = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        let leaves = try texts.prefix(count).map { try #require(Hexadecimal.bytes(of: $0)) }
        #expect(RFC6962.root(of: leaves).description == root)
    }

    @Test("Position, saga and payload each change the root")
    func everyPartCounts() {
        let entry = Entry(position: Position(5), saga: Writer.saga(1), payload: [1, 2])
        let others = [
            Entry(position: Position(6), saga: entry.saga, payload: entry.payload),
            Entry(position: entry.position, saga: Writer.saga(2), payload: entry.payload),
            Entry(position: entry.position, saga: nil, payload: entry.payload),
            Entry(position: entry.position, saga: entry.saga, payload: [1, 2, 0]),
        ]
        let roots = Set(([entry] + others).map { MerkleTree.root(of: [$0]) })
        #expect(roots.count == 5)
    }

    private static func entries(_ count: Int) -> [Entry] {
        (0..<count).map { index in
            Entry(
                position: Position(UInt64(index) + 1_000),
                saga: index.isMultiple(of: 3) ? nil : Writer.saga(UInt64(index)),
                payload: [UInt8](repeating: UInt8(index), count: index))
        }
    }

    private static func leafBytes(_ entry: Entry) -> [UInt8] {
        let position = (0..<8).reversed().map {
            UInt8(truncatingIfNeeded: entry.position.number >> ($0 * 8))
        }
        return position + (entry.saga?.bytes ?? [UInt8](repeating: 0, count: 16)) + entry.payload
    }
}

/// RFC 6962, 2.1, word for word: slow and plain.
private enum RFC6962 {
    static func leaf(_ bytes: [UInt8]) -> Hash { .sha256(of: [0x00] + bytes) }

    static func node(_ left: Hash, _ right: Hash) -> Hash {
        .sha256(of: [0x01] + left.bytes + right.bytes)
    }

    static func root(of leaves: [[UInt8]]) -> Hash {
        guard leaves.count > 1 else { return leaves.first.map(leaf) ?? .sha256(of: []) }
        var split = 1
        while split * 2 < leaves.count {
            split *= 2
        }
        return node(root(of: Array(leaves[..<split])), root(of: Array(leaves[split...])))
    }
}
