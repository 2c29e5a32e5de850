import Saga
import Testing

@testable import Chain

@Suite struct HistoryTreeTests {
    @Test("The roots are those that Certificate Transparency published", arguments: 0...8)
    func publishedRoots(count: Int) {
        let leaves = CertificateTransparency.leaves.prefix(count)
        let root = CertificateTransparency.roots[count]
        var tree = HistoryTree()
        for leaf in leaves { _ = tree.append(leaf: leaf) }
        #expect(tree.root.description == root)
        #expect(MerkleTree.root(ofLeaves: Array(leaves)).description == root)
        #expect(RFC6962.root(of: leaves).description == root)
    }

    @Test("After every commit the root is the RFC's, and the frontier that of its subtrees")
    func rootAndFrontier() {
        var tree = HistoryTree()
        var leaves: [Hash] = []
        for number in 0..<260 {
            #expect(tree.count == leaves.count)
            #expect(tree.root == RFC6962.root(of: leaves))
            #expect(tree.frontier == Self.frontier(of: leaves[...]))
            tree.append(.sample(number))
            leaves.append(RFC6962.leaf(Hash.sample(number).bytes))
        }
    }

    @Test("A leaf completes its own node, and a subtree for each zero at the end of its number")
    func completed() {
        var tree = HistoryTree()
        let counts = (0..<16).map { tree.append(.sample($0)).count }
        #expect(counts == [1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3, 1, 2, 1, 5])
    }

    @Test("A stored frontier gives the same tree, and the commits after it the same roots")
    func stored() throws {
        var tree = HistoryTree()
        for number in 0..<70 {
            var again = try #require(HistoryTree(count: tree.count, frontier: tree.frontier))
            #expect(again == tree)
            tree.append(.sample(number))
            again.append(.sample(number))
            #expect(again == tree && again.root == tree.root)
        }
    }

    @Test(
        "A frontier of another size than the count's is refused, and a count that no log reaches",
        arguments: [
            (0, 1), (1, 0), (1, 2), (2, 0), (2, 2), (3, 1), (3, 3), (7, 2), (8, 3),
            (UInt64(1) << 63, 1), (.max, 64), (.max, 63), (.max, 0),
        ] as [(UInt64, Int)])
    func unfit(count: UInt64, hashes: Int) {
        let frontier = (0..<hashes).map { Hash.sample($0) }
        #expect(HistoryTree(count: count, frontier: frontier) == nil)
    }

    @Test("The largest count that is accepted has a root, and grows")
    func largest() throws {
        let oldest = Hash.sample(0)
        var tree = try #require(HistoryTree(count: HistoryTree.countMax, frontier: [oldest]))
        #expect(tree.root == oldest)
        #expect(tree.nodeCount == 2 * HistoryTree.countMax - 1)
        tree.append(.sample(1))
        #expect(tree.root != oldest)
        #expect(tree.nodeCount == 2 * HistoryTree.countMax)
        #expect(HistoryTree(count: tree.count, frontier: tree.frontier) == nil)
    }

    @Test("Order, count and content each change the root")
    func everyPartCounts() {
        func root(_ numbers: Int...) -> Hash {
            var tree = HistoryTree()
            for number in numbers { tree.append(.sample(number)) }
            return tree.root
        }
        let roots = [
            root(), root(1), root(2), root(1, 2), root(2, 1), root(1, 1), root(1, 2, 2), root(1, 3),
        ]
        #expect(Set(roots).count == roots.count)
    }

    /// Cut off as the RFC does, at the largest power of two, until the rest is one itself.
    private static func frontier(of leaves: ArraySlice<Hash>) -> [Hash] {
        guard let first = leaves.first else { return [] }
        guard leaves.count > 1 else { return [first] }
        let split = RFC6962.split(leaves.count)
        guard split * 2 > leaves.count else { return [RFC6962.root(of: leaves)] }
        return [RFC6962.root(of: leaves.prefix(split))] + frontier(of: leaves.dropFirst(split))
    }
}

@Suite struct HistoryNodesTests {
    @Test("Nodes stand in the order in which they are completed, fewer than two a commit")
    func order() {
        let nodes = HistoryNodes(commits: 7)
        let leaves = (0..<7).map { RFC6962.leaf(Hash.sample($0).bytes) }
        func root(_ range: ClosedRange<Int>) -> Hash { RFC6962.root(of: leaves[range]) }
        #expect(
            nodes.hashes == [
                leaves[0], leaves[1], root(0...1), leaves[2], leaves[3], root(2...3), root(0...3),
                leaves[4], leaves[5], root(4...5), leaves[6],
            ])
        for count in 0..<200 {
            let nodes = HistoryNodes(commits: count)
            #expect(nodes.tree.nodeCount == nodes.hashes.count)
            #expect(count == 0 || nodes.hashes.count < 2 * count)
        }
    }

    @Test("The places of leaves and of the frontier follow from the number of commits")
    func places() {
        let nodes = HistoryNodes(commits: 70)
        var tree = HistoryTree()
        for number in 0..<70 {
            let (count, place) = (tree.count, HistoryNodes.place(ofLeaf: tree.count))
            #expect(place == tree.nodeCount)
            #expect(nodes.hashes[Int(place)] == MerkleTree.leaf(of: Hash.sample(number)))
            let frontier = HistoryNodes.places(ofFrontierAfter: count)
            #expect(frontier.map { nodes.hashes[Int($0)] } == tree.frontier)
            tree.append(.sample(number))
            let nodeCounts = place..<tree.nodeCount
            #expect(nodeCounts.allSatisfy { HistoryNodes.commitCount(ofNodes: $0) == count })
        }
        #expect(HistoryNodes.commitCount(ofNodes: 1 << 62) == (1 << 61) + 1)
    }

    @Test("A cache is accepted with the tree that it is of, and refused with any other")
    func stored() {
        for count in 0..<70 {
            let nodes = HistoryNodes(commits: count)
            #expect(HistoryNodes(of: nodes.tree, hashes: nodes.hashes) == nodes)
            #expect(HistoryNodes(of: nodes.tree, hashes: nodes.hashes + [.zero]) == nil)
            let other = HistoryNodes(commits: count + 1)
            #expect(HistoryNodes(of: other.tree, hashes: nodes.hashes) == nil)
            guard count > 0 else { continue }
            #expect(HistoryNodes(of: nodes.tree, hashes: nodes.hashes.dropLast()) == nil)
            let another = nodes.hashes.dropLast() + [.zero]
            #expect(HistoryNodes(of: nodes.tree, hashes: Array(another)) == nil)
        }
    }

    @Test("A path in a tree of more commits than are here is none yet")
    func notYet() {
        let nodes = HistoryNodes(commits: 5)
        #expect(nodes.path(to: 0, inTreeOf: 6) == nil)
        #expect(nodes.path(to: 4, inTreeOf: 5) != nil)
        #expect(HistoryNodes().path(to: 0, inTreeOf: 1) == nil)
    }
}

extension HistoryNodes {
    /// The commits `Hash.sample(0)`, `Hash.sample(1)` and so on.
    init(commits count: Int) {
        self.init()
        for number in 0..<count { append(.sample(number)) }
    }
}
