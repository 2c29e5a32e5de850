import Chain
import Saga
import Testing

@Suite struct MerkleTreeTests {
    @Test("Every size gives the root that the RFC's recursion gives", arguments: 0...40)
    func recursion(count: Int) {
        let entries = Self.entries(count)
        #expect(MerkleTree.root(of: entries) == RFC6962.root(of: entries.map(Self.leaf)))
    }

    @Test("Seven leaves have the shape of the RFC's example")
    func shape() {
        let entries = Self.entries(7)
        let leaves = entries.map(Self.leaf)
        func node(_ left: Hash, _ right: Hash) -> Hash { RFC6962.node(left, right) }
        let left = node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3]))
        let right = node(node(leaves[4], leaves[5]), leaves[6])
        #expect(MerkleTree.root(of: entries) == node(left, right))
    }

    @Test("Position, saga and payload each change the root")
    func everyPartCounts() {
        let entry = Entry(position: Position(5), saga: Self.saga(1), payload: [1, 2])
        let others = [
            Entry(position: Position(6), saga: entry.saga, payload: entry.payload),
            Entry(position: entry.position, saga: Self.saga(2), payload: entry.payload),
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
                saga: index.isMultiple(of: 3) ? nil : saga(UInt64(index)),
                payload: [UInt8](repeating: UInt8(index), count: index))
        }
    }

    private static func saga(_ number: UInt64) -> CommandID {
        CommandID(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }

    private static func leaf(_ entry: Entry) -> Hash {
        let position = (0..<8).reversed().map {
            UInt8(truncatingIfNeeded: entry.position.number >> ($0 * 8))
        }
        let saga = entry.saga?.bytes ?? [UInt8](repeating: 0, count: 16)
        return RFC6962.leaf(position + saga + entry.payload)
    }
}
