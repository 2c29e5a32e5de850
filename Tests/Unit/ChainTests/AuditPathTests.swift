import Saga
import Testing

@testable import Chain

@Suite struct AuditPathTests {
    static let sizeMax = 70
    static let commits = (0...sizeMax).map { Hash.sample($0) }
    static let leaves = commits.dropLast().map { RFC6962.leaf($0.bytes) }
    /// Of the first 0, 1, 2 … commits.
    static let roots = (0...sizeMax).map { RFC6962.root(of: leaves.prefix($0)) }
    static let nodes = HistoryNodes(commits: sizeMax)

    @Test(
        "The paths are those that Certificate Transparency published",
        arguments: CertificateTransparency.paths)
    func published(index: Int, count: Int, hashes: [String]) throws {
        var tree = HistoryTree()
        let nodes = CertificateTransparency.leaves.flatMap { tree.append(leaf: $0) }
        let path = AuditPath(to: UInt64(index), inTreeOf: UInt64(count)) { nodes[Int($0)] }
        #expect(path.hashes.map(\.description) == hashes)
        let root = try #require(path.root(ofLeaf: CertificateTransparency.leaves[index]))
        #expect(root.description == CertificateTransparency.roots[count])
    }

    @Test("Every path is the RFC's, however many commits came after it", arguments: 1...sizeMax)
    func made(size: Int) throws {
        let nodes = HistoryNodes(commits: size)
        let leaves = Array(Self.leaves.prefix(size))
        for index in 0..<size {
            #expect(try Self.path(index, size).hashes == RFC6962.path(to: index, of: leaves))
            for count in (index + 1)...size {
                let path = try #require(nodes.path(to: UInt64(index), inTreeOf: UInt64(count)))
                guard try path != Self.path(index, count) else { continue }
                Issue.record("the path to \(index) of \(count) is another after \(size) commits")
            }
        }
    }

    @Test(
        "A path proves its commit, and no other commit, index, size or root",
        arguments: 1...sizeMax)
    func proves(count: Int) throws {
        let (size, root) = (UInt64(count), Self.roots[count])
        for index in 0..<count {
            let path = try Self.path(index, count)
            let commit = Self.commits[index]
            #expect(path.proves(commit, inTreeOf: size, root: root))
            // One expectation for many claims, because each costs more than what it expects.
            #expect(!Self.roots.indices.contains { $0 != count && Self.roots[$0] == root })
            let isForged = (0...Self.sizeMax).filter { $0 != index }.contains { other in
                AuditPath(index: UInt64(other), treeSize: size, hashes: path.hashes)
                    .root(of: commit) == root || path.root(of: Self.commits[other]) == root
            }
            #expect(!isForged)
            let isResized = (0...Self.sizeMax).filter { $0 != count }.contains { other in
                let (otherSize, otherRoot) = (UInt64(other), Self.roots[other])
                let resized = AuditPath(
                    index: path.index, treeSize: otherSize, hashes: path.hashes)
                return resized.proves(commit, inTreeOf: otherSize, root: otherRoot)
                    || resized.proves(commit, inTreeOf: size, root: root)
                    || path.proves(commit, inTreeOf: otherSize, root: otherRoot)
            }
            #expect(!isResized)
        }
    }

    @Test(
        "One bit, hash or place changed, and a path proves nothing",
        arguments: [1, 2, 3, 7, 8, 13])
    func damaged(count: Int) throws {
        let root = Self.roots[count]
        for index in 0..<count {
            let path = try Self.path(index, count)
            let commit = Hash.sample(index)
            func proves(_ hashes: [Hash], _ commit: Hash, _ root: Hash) -> Bool {
                AuditPath(index: path.index, treeSize: path.treeSize, hashes: hashes)
                    .proves(commit, inTreeOf: UInt64(count), root: root)
            }
            #expect(proves(path.hashes, commit, root))
            #expect(!path.hashes.rearranged.contains { proves($0, commit, root) })
            for bit in 0..<256 {
                let damaged = try path.hashes.flipped(bit: bit)
                #expect(!damaged.contains { proves($0, commit, root) })
                #expect(!proves(path.hashes, try commit.flipped(bit: bit), root))
                #expect(!proves(path.hashes, commit, try root.flipped(bit: bit)))
            }
        }
    }

    @Test("A path has one hash less or more: its length alone refuses it", arguments: 1...sizeMax)
    func wrongLength(count: Int) throws {
        for index in 0..<count {
            let hashes = try Self.path(index, count).hashes
            let others = [hashes + [.zero], hashes + hashes + [.zero], Array(hashes.dropLast())]
            for wrong in others where wrong.count != hashes.count {
                let path = AuditPath(index: UInt64(index), treeSize: UInt64(count), hashes: wrong)
                #expect(path.root(of: .sample(index)) == nil)
            }
        }
    }

    /// Why a verifier says of how many commits the root is.
    @Test("The same hashes lead to the same root in a tree of another size")
    func sizeIsNotInTheRoot() throws {
        let path = try Self.path(0, 3)
        let resized = AuditPath(index: 0, treeSize: 4, hashes: path.hashes)
        #expect(resized.root(of: .sample(0)) == Self.roots[3])
        #expect(!resized.proves(.sample(0), inTreeOf: 3, root: Self.roots[3]))
    }

    @Test("A node of the tree is no commit, nor is a leaf's hash")
    func secondPreimage() throws {
        // The root of 8 is the parent of two nodes of 4: a path of one hash, if nodes were leaves.
        let left = RFC6962.root(of: Self.leaves[..<4])
        let right = RFC6962.root(of: Self.leaves[4..<8])
        let path = AuditPath(index: 0, treeSize: 2, hashes: [right])
        #expect(path.root(ofLeaf: left) == Self.roots[8])
        #expect(path.root(of: left) != Self.roots[8])
        #expect(try Self.path(3, 8).root(of: Self.leaves[3]) != Self.roots[8])
    }

    @Test(
        "No index, size or number of hashes traps",
        arguments: [0, 1, 2, 3, .max / 2, .max - 1, .max] as [UInt64],
        [0, 1, 2, 3, UInt64(1) << 63, .max - 1, .max] as [UInt64])
    func hostile(index: UInt64, treeSize: UInt64) {
        for count in 0...130 {
            let hashes = (0..<count).map { Hash.sample($0) }
            let path = AuditPath(index: index, treeSize: treeSize, hashes: hashes)
            let root = path.root(of: .zero)
            #expect(root == nil || index < treeSize && count <= AuditPath.hashesMax)
        }
    }

    @Test("The longest path has 64 hashes")
    func longest() {
        let hashes = (0..<AuditPath.hashesMax).map { Hash.sample($0) }
        #expect(AuditPath(index: 0, treeSize: .max, hashes: hashes).root(of: .zero) != nil)
    }

    @Test("A path is made of few nodes, and a failure to read one is passed on")
    func reading() throws {
        struct Unreadable: Error {}
        var places: Set<UInt64> = []
        let size = UInt64(1) << 40 - 1
        let path = AuditPath(to: 12_345, inTreeOf: size) { place in
            places.insert(place)
            return .zero
        }
        #expect(path.hashes.count == 40)
        #expect(places.count < 80 && places.allSatisfy { $0 < 2 * size })
        #expect(throws: Unreadable.self) {
            try AuditPath(to: 1, inTreeOf: 2) { _ throws(Unreadable) in throw Unreadable() }
        }
    }

    private static func path(_ index: Int, _ count: Int) throws -> AuditPath {
        try #require(nodes.path(to: UInt64(index), inTreeOf: UInt64(count)))
    }
}
