import Chain
import Saga
import Testing
import Wire

@Suite struct MerkleTreeTests {
    @Test("Every size gives the root that the RFC's recursion gives", arguments: 0...40)
    func recursion(count: Int) {
        let entries = Self.entries(count)
        #expect(MerkleTree.root(of: entries) == RFC6962.root(of: entries.map(Self.leaf)))
        #expect(entries.map(MerkleTree.leaf(of:)) == entries.map(Self.leaf))
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

    @Test("Position, saga, salt, what is kept and what is shown each change the root")
    func everyPartCounts() {
        let entry = Self.entry()
        let others = [
            Self.entry(6), Self.entry(5 << 8), Self.entry(saga: Self.saga(2)),
            Self.entry(saga: nil), Self.entry(saltByte: 10), Self.entry(shown: [1, 2, 0]),
            Self.entry(shown: []), Self.entry(kept: [3, 4, 0]), Self.entry(kept: []),
            // The same bytes, divided otherwise.
            Self.entry(shown: [1], kept: [2, 3, 4]), Self.entry(shown: [1, 2, 3], kept: [4]),
            Self.entry(shown: [3, 4], kept: [1, 2]),
        ]
        let roots = Set(([entry] + others).map { MerkleTree.root(of: [$0]) })
        #expect(roots.count == others.count + 1)
        // Beside another entry, too.
        let beside = Self.entry(4)
        let pairs = Set(([entry] + others).map { MerkleTree.root(of: [beside, $0]) })
        #expect(pairs.count == others.count + 1)
        #expect(roots.isDisjoint(with: pairs))
    }

    @Test("Every bit of the salt, of what is kept and of what is shown counts")
    func everyBitCounts() {
        let entry = Self.entry()
        var roots: Set = [MerkleTree.root(of: [entry])]
        var count = 1
        func insert(_ parts: EntryParts, _ salt: [UInt8]) {
            let changed = Entry(
                position: entry.position, saga: entry.saga, parts: parts, salt: salt)
            roots.insert(MerkleTree.root(of: [changed]))
            count += 1
        }
        for bit in 0..<8 as Range<UInt8> {
            for place in entry.salt.indices {
                var salt = entry.salt
                salt[place] ^= 1 << bit
                insert(entry.parts, salt)
            }
            for place in entry.parts.kept.indices {
                var parts = entry.parts
                parts.kept[place] ^= 1 << bit
                insert(parts, entry.salt)
            }
            for place in entry.parts.shown.indices {
                var parts = entry.parts
                parts.shown[place] ^= 1 << bit
                insert(parts, entry.salt)
            }
        }
        #expect(count == 1 + 8 * (16 + 2 + 2))
        #expect(roots.count == count)
    }

    @Test("A content can be another or be left out, and the root stays", arguments: 0...3)
    func contentIsNotInTheTree(place: Int) {
        let entries = (0..<4).map { Self.entry(5 + UInt64($0), content: [7, 8]) }
        let root = MerkleTree.root(of: entries)
        for content in [[], [7, 9], [7, 8, 0]] as [[UInt8]] {
            var others = entries
            others[place] = Self.entry(5 + UInt64(place), content: content)
            #expect(others != entries)
            #expect(MerkleTree.root(of: others) == root)
        }
    }

    @Test("Who has the hash of what is kept computes the leaf without it", arguments: [0, 1, 2])
    func leafWithoutKept(place: Int) {
        let entries = Self.entries(3)
        let entry = entries[place]
        let leaf = MerkleTree.leaf(
            at: entry.position, under: entry.saga, keptHash: entry.keptHash,
            shown: entry.parts.shown)
        #expect(leaf == Self.leaf(entry))
        #expect(leaf == MerkleTree.leaf(of: entry))
        #expect(leaf == MerkleTree.root(of: [entry]))
        var leaves = entries.map(Self.leaf)
        leaves[place] = leaf
        #expect(MerkleTree.root(ofLeaves: leaves) == MerkleTree.root(of: entries))
    }

    private static func entry(
        _ position: UInt64 = 5, saga: CommandID? = MerkleTreeTests.saga(1),
        shown: [UInt8] = [1, 2], kept: [UInt8] = [3, 4], content: [UInt8] = [],
        saltByte: UInt8 = 9
    ) -> Entry {
        Entry(
            position: Position(position), saga: saga,
            parts: EntryParts(shown: shown, kept: kept, content: content),
            salt: [UInt8](repeating: saltByte, count: Entry.saltByteCount))
    }

    private static func entries(_ count: Int) -> [Entry] {
        (0..<count).map { index in
            entry(
                UInt64(index) + 1_000, saga: index.isMultiple(of: 3) ? nil : saga(UInt64(index)),
                shown: [UInt8](repeating: UInt8(index), count: index * 5 % 7),
                kept: [UInt8](repeating: UInt8(index), count: index), saltByte: UInt8(index))
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
        let keptHash = Hash.sha256(of: entry.salt + entry.parts.kept)
        return RFC6962.leaf(position + saga + keptHash.bytes + entry.parts.shown)
    }
}
