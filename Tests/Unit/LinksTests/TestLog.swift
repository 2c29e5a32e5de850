import Chain
import Links
import Saga
import Wire

/// What a test writes into a log: with `shown`, or for no peer.
struct Draft {
    var shown: Shown?
    var content: [UInt8] = []
    var saga: CommandID?

    /// An entry that no peer is shown.
    static let own = Draft(shown: nil)
}

/// A signed log as a node has it, as far as links go.
struct TestLog {
    struct Commit {
        let header: WitnessedHeader
        let leaves: [Hash]
        /// Those that a peer is shown.
        let entries: [ShownEntry]
        /// What its entries keep of peers.
        let records: [LinkRecord]
    }

    let node: NodeName
    private(set) var commits: [Commit] = []
    private(set) var nodes = HistoryNodes()

    init(of node: NodeName) { self.node = node }

    var end: Position { commits.last?.header.header.last ?? .start }
    var count: Int { commits.count }
    var entries: [ShownEntry] { commits.flatMap(\.entries) }
    var newest: WitnessedHeader? { commits.last?.header }

    @discardableResult
    mutating func append(
        _ drafts: [Draft], by key: SigningKey, timeline: UInt64 = 0, records: [LinkRecord] = []
    ) throws -> Commit {
        var leaves: [Hash] = []
        var entries: [ShownEntry] = []
        for (index, draft) in drafts.enumerated() {
            let position = end + (index + 1)
            guard let shown = draft.shown else {
                leaves.append(.sha256(of: Array("own \(position)".utf8)))
                continue
            }
            let entry = try ShownEntry(
                position: position, saga: draft.saga,
                keptHash: .sha256(of: Array("kept \(position)".utf8)), shown: shown.encoded(),
                content: draft.content)
            leaves.append(entry.leaf)
            entries.append(entry)
        }
        let header = CommitHeader(
            node: node, keyID: key.keyID, timeline: timeline, epoch: Epoch(1),
            number: UInt64(count) + 1, first: end + 1, last: end + drafts.count,
            time: Timestamp(milliseconds: 1_700_000_000_000),
            previousHash: newest?.hash ?? .zero, merkleRoot: MerkleTree.root(ofLeaves: leaves),
            historyRoot: nodes.tree.root, cursorsHash: .sha256(of: []), bodyByteCount: 100)
        let bytes = header.encoded()
        let commit = Commit(
            header: try WitnessedHeader(
                SignedHeader(bytes: bytes, signature: key.signature(for: bytes))),
            leaves: leaves, entries: entries, records: records)
        commits.append(commit)
        nodes.append(commit.header.hash)
        return commit
    }

    /// The log as it was after so many commits.
    func prefix(_ count: Int) -> TestLog {
        var log = TestLog(of: node)
        log.commits = Array(commits.prefix(count))
        for commit in log.commits { log.nodes.append(commit.header.hash) }
        return log
    }

    func holds(_ name: HeaderName) -> Bool {
        name.commit >= 1 && name.commit <= UInt64(count)
            && commits[Int(name.commit) - 1].header.hash == name.hash
    }

    func commit(holding position: Position) -> Commit? {
        commits.first { $0.header.header.first <= position && position <= $0.header.header.last }
    }

    /// The entries for `peer` with these numbers.
    func numbered(_ numbers: [UInt64], for peer: NodeName) -> [ShownEntry] {
        entries.filter { entry in
            entry.says.peer == peer && entry.says.number.map(numbers.contains) ?? false
        }
    }

    /// An excerpt of `entries`, by position, under the header of commit `number`.
    func excerpt(
        of entries: [ShownEntry], under number: Int? = nil, naming previous: HeaderName? = nil,
        bytesMax: Int = Excerpt.bytesMax
    ) throws -> (excerpt: Excerpt, count: Int) {
        let number = number ?? count
        let shown = commits.prefix(number).compactMap { commit -> ShownCommit? in
            let inCommit = entries.filter { commit.entries.contains($0) }
            guard !inCommit.isEmpty else { return nil }
            return ShownCommit(
                signed: commit.header.signed, leaves: commit.leaves, entries: inCommit)
        }
        let hashes = nodes.hashes
        return try Excerpt.make(
            under: commits[number - 1].header, naming: previous, of: shown, bytesMax: bytesMax
        ) { place in
            place < UInt64(hashes.count) ? hashes[Int(place)] : nil
        }
    }
}

/// Names and keys of two banks.
enum Cast {
    static let bankA = name("bank-a")
    static let bankB = name("bank-b")

    static func name(_ text: String) -> NodeName {
        guard let name = NodeName(text) else { preconditionFailure("\(text) is no name") }
        return name
    }

    static func key(_ seed: UInt8) -> SigningKey {
        guard let key = SigningKey(rawBytes: [UInt8](repeating: seed, count: 32)) else {
            preconditionFailure("32 bytes are a seed")
        }
        return key
    }

    static func fork(_ seed: UInt8) -> ForkID {
        guard let fork = ForkID(bytes: [UInt8](repeating: seed, count: 16)) else {
            preconditionFailure("16 bytes are a name")
        }
        return fork
    }

    static func saga(_ low: UInt64) -> CommandID { CommandID(high: 7, low: low) }

    static func step(_ number: UInt64, to peer: NodeName = bankB, size: Int = 20) -> Draft {
        let content = Array("content \(number)".utf8) + [UInt8](repeating: 1, count: size)
        return Draft(
            shown: Shown(
                to: peer, number: number, .step(Array("step \(number)".utf8)),
                contentHash: .sha256(of: content)),
            content: content, saga: saga(number))
    }
}
