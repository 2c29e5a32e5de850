import Chain
import Randomness
import Saga
import Testing

@Suite struct MerkleMultiproofTests {
    static let leaves = (0..<70).map { RFC6962.leaf([UInt8($0)]) }

    @Test("Every set of leaves leads to the root, by the fewest hashes", arguments: 1...9)
    func complete(count: Int) {
        let leaves = Array(Self.leaves.prefix(count))
        let root = RFC6962.root(of: leaves)
        for indices in Self.subsets(of: count) {
            let hashes = MerkleMultiproof.make(for: indices, of: leaves)
            #expect(hashes == Self.reference(for: indices, of: leaves))
            #expect(hashes.count <= count - indices.count)
            #expect(Self.root(count, indices, hashes) == root)
        }
    }

    @Test("One hash less, more, exchanged or changed, and the root is another", arguments: 1...9)
    func damagedHashes(count: Int) throws {
        let leaves = Array(Self.leaves.prefix(count))
        let root = RFC6962.root(of: leaves)
        for indices in Self.subsets(of: count) {
            let hashes = MerkleMultiproof.make(for: indices, of: leaves)
            let isAccepted = hashes.rearranged.contains { forged in
                let found = Self.root(count, indices, forged)
                return forged.count == hashes.count ? found == root : found != nil
            }
            #expect(!isAccepted)
            let damaged = try hashes.flipped(bit: indices.count * 31)
            #expect(!damaged.contains { Self.root(count, indices, $0) == root })
        }
    }

    @Test("A leaf that is another, or stands elsewhere, leads to another root", arguments: 1...9)
    func damagedLeaves(count: Int) throws {
        let leaves = Array(Self.leaves.prefix(count))
        let root = RFC6962.root(of: leaves)
        for indices in Self.subsets(of: count) {
            let hashes = MerkleMultiproof.make(for: indices, of: leaves)
            let shown = Self.shown(indices)
            func found(_ shown: [(index: Int, leaf: Hash)]) -> Hash? {
                MerkleMultiproof.root(leafCount: count, shown: shown, hashes: hashes)
            }
            for place in shown.indices {
                var forged = shown
                forged[place].leaf = try forged[place].leaf.flipped(bit: place * 31)
                #expect(found(forged) != root)
                let isMoved = (-1...count).contains { index in
                    guard index != shown[place].index else { return false }
                    forged = shown
                    forged[place].index = index
                    let sorted = forged.sorted { $0.index < $1.index }
                    return found(forged) == root || found(sorted) == root
                }
                #expect(!isMoved)
                forged = shown
                forged.remove(at: place)
                #expect(found(forged) != root)
                forged = shown
                forged.insert(shown[place], at: place)
                #expect(found(forged) == nil)
            }
        }
    }

    @Test("All bits of a proof count")
    func everyBit() throws {
        let leaves = Array(Self.leaves.prefix(11))
        let indices = [2, 3, 9]
        let hashes = MerkleMultiproof.make(for: indices, of: leaves)
        #expect(Self.root(11, indices, hashes) == RFC6962.root(of: leaves))
        for bit in 0..<256 {
            let damaged = try hashes.flipped(bit: bit)
            #expect(!damaged.contains { Self.root(11, indices, $0) == RFC6962.root(of: leaves) })
        }
    }

    @Test("The proof of one leaf is its audit path", arguments: 1...70)
    func single(count: Int) {
        let leaves = Array(Self.leaves.prefix(count))
        for index in 0..<count {
            let hashes = MerkleMultiproof.make(for: [index], of: leaves)
            #expect(hashes == RFC6962.path(to: index, of: leaves))
        }
    }

    @Test("Large commits are proved too, and no change is", arguments: UInt64(0)..<40)
    func random(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bound = seed == 0 ? CommitLimits.entriesMax : 2_000
        let count = seed == 0 ? bound : Int.random(in: 10...bound, using: &random)
        let leaves = (0..<count).map { Hash.sample($0) }
        let root = MerkleTree.root(ofLeaves: leaves)
        let share = Int.random(in: 1...100, using: &random)
        let chance = (0..<count).filter { _ in Int.random(in: 0..<100, using: &random) < share }
        let indices = chance.isEmpty ? [count - 1] : chance
        let shown = indices.map { (index: $0, leaf: leaves[$0]) }
        let hashes = MerkleMultiproof.make(for: indices, of: leaves)
        func found(_ hashes: [Hash], _ shown: [(index: Int, leaf: Hash)]) -> Hash? {
            MerkleMultiproof.root(leafCount: count, shown: shown, hashes: hashes)
        }
        #expect(found(hashes, shown) == root)
        #expect(hashes == Self.reference(for: indices, of: leaves))
        #expect(found(hashes + [.zero], shown) == nil)
        let bit = Int.random(in: 0..<256, using: &random)
        if let place = hashes.indices.randomElement(using: &random) {
            var forged = hashes
            forged[place] = try forged[place].flipped(bit: bit)
            #expect(found(forged, shown) != root)
            forged.remove(at: place)
            #expect(found(forged, shown) == nil)
        }
        let place = Int.random(in: shown.indices, using: &random)
        var forged = shown
        forged[place].leaf = try forged[place].leaf.flipped(bit: bit)
        #expect(found(hashes, forged) != root)
    }

    @Test(
        "A count of leaves that no commit has is refused",
        arguments: [.min, -1, 0, CommitLimits.entriesMax + 1, .max] as [Int])
    func hostileCount(leafCount: Int) {
        // One of these counts is what the index needs, where it needs any.
        for count in 0...20 {
            let hashes = [Hash](repeating: .zero, count: count)
            for index in [0, 1, leafCount / 2] {
                let shown = [(index: index, leaf: Hash.zero)]
                #expect(
                    MerkleMultiproof.root(leafCount: leafCount, shown: shown, hashes: hashes) == nil
                )
            }
        }
    }

    @Test(
        "Indices that are none, out of order, out of range or there twice are refused",
        arguments: [
            [], [-1], [.min], [.max], [5], [0, 5], [0, 0], [1, 0], [4, 3, 2], [0, 1, 1], [-1, 0],
            [0, .max], [.min, .max], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 0],
        ])
    func hostileIndices(indices: [Int]) {
        for count in 0...6 {
            let shown = indices.map { (index: $0, leaf: Hash.zero) }
            let hashes = [Hash](repeating: .zero, count: count)
            #expect(MerkleMultiproof.root(leafCount: 5, shown: shown, hashes: hashes) == nil)
        }
    }

    @Test("Hashes without end of a large commit are refused by their count")
    func hostileHashes() {
        let hashes = repeatElement(Hash.zero, count: 1_000_000)
        let shown = [(index: 0, leaf: Hash.zero)]
        #expect(
            MerkleMultiproof.root(
                leafCount: CommitLimits.entriesMax, shown: shown, hashes: hashes) == nil)
    }

    /// Why a verifier takes the count from the signed header.
    @Test("The same hashes lead to the same root with another count of leaves")
    func countIsNotInTheRoot() {
        let leaves = Array(Self.leaves.prefix(3))
        let hashes = MerkleMultiproof.make(for: [0], of: leaves)
        #expect(Self.root(4, [0], hashes) == RFC6962.root(of: leaves))
    }

    @Test("A last leaf is not doubled: a list that repeats it has another root")
    func duplicate() {
        let leaves = Array(Self.leaves.prefix(3))
        let doubled = leaves + [leaves[2]]
        #expect(MerkleTree.root(ofLeaves: leaves) != MerkleTree.root(ofLeaves: doubled))
    }

    // MARK: - What is proved

    private static func subsets(of count: Int) -> [[Int]] {
        (1..<(1 << count)).map { bits in (0..<count).filter { bits & 1 << $0 != 0 } }
    }

    private static func shown(_ indices: [Int]) -> [(index: Int, leaf: Hash)] {
        indices.map { ($0, leaves[$0]) }
    }

    private static func root(_ leafCount: Int, _ indices: [Int], _ hashes: [Hash]) -> Hash? {
        MerkleMultiproof.root(leafCount: leafCount, shown: shown(indices), hashes: hashes)
    }

    /// By the RFC's recursion: of two siblings, the root of the one without a shown leaf where the
    /// other has one, in the order of levels.
    private static func reference(for indices: [Int], of leaves: [Hash]) -> [Hash] {
        var found: [(level: Int, first: Int, root: Hash)] = []
        func visit(_ range: Range<Int>, _ shown: ArraySlice<Int>) {
            guard range.count > 1 else { return }
            let split = range.lowerBound + RFC6962.split(range.count)
            // The level of the parent is the number of bits of the largest index in it.
            let level = Int.bitWidth - (range.count - 1).leadingZeroBitCount - 1
            let left = shown.prefix { $0 < split }
            let sides = [
                (range.lowerBound..<split, left),
                (split..<range.upperBound, shown.dropFirst(left.count)),
            ]
            for (side, shown) in sides {
                if shown.isEmpty {
                    found.append((level, side.lowerBound, RFC6962.root(of: leaves[side])))
                } else {
                    visit(side, shown)
                }
            }
        }
        visit(leaves.indices, indices[...])
        return found.sorted { ($0.level, $0.first) < ($1.level, $1.first) }.map(\.root)
    }
}
