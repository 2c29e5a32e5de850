public import Chain
public import Saga
public import Wire

/// An entry of a node's log as a peer is shown it: without what it keeps to itself, which only a
/// hash stands for.
public struct ShownEntry: Hashable, Sendable {
    /// The entry's place in the log of its node.
    public let position: Position
    /// The UUID of the saga that the entry is about; `nil` where it is about none.
    public let saga: CommandID?
    /// SHA-256 of the part that only the node and its auditors see.
    public let keptHash: Hash
    /// A `Shown` (links.proto), as it stands in the log.
    public let shown: [UInt8]
    /// What stands beside the entry, bound by the hash in ``shown``; empty where nothing does.
    public let content: [UInt8]
    /// What ``shown`` says.
    public let says: Shown

    /// Takes the parts of an entry, from the own log or from a peer.
    ///
    /// - Parameters:
    ///   - position: The entry's place in the log of its node.
    ///   - saga: The saga that the entry is about, if any.
    ///   - keptHash: SHA-256 of what is not shown.
    ///   - shown: A `Shown` (links.proto).
    ///   - content: What stands beside the entry; not compared with its hash here.
    /// - Throws: `WireError`: `shown` names no addressee.
    public init(
        position: Position, saga: CommandID?, keptHash: Hash, shown: [UInt8], content: [UInt8]
    ) throws(WireError) {
        self.position = position
        self.saga = saga
        self.keptHash = keptHash
        self.shown = shown
        self.content = content
        says = try Shown(decoding: shown)
    }

    /// Takes an entry of the own log without what it keeps.
    ///
    /// - Throws: `WireError`: no peer is shown the entry.
    public init(_ entry: Entry) throws(WireError) {
        try self.init(
            position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
            shown: entry.parts.shown, content: entry.parts.content)
    }

    /// The entry's leaf in the Merkle tree of its commit: see `MerkleTree.leaf`.
    ///
    /// - Complexity: One hash of ``shown``.
    public var leaf: Hash {
        MerkleTree.leaf(at: position, under: saga, keptHash: keptHash, shown: shown)
    }

    /// Whether the content is the one that ``shown`` names, or absent where it names none.
    ///
    /// What is not understood names no content that this version knows of.
    public var hasItsContent: Bool {
        if case .notUnderstood = says.what { return true }
        guard let hash = says.contentHash else { return content.isEmpty }
        return hash == .sha256(of: content)
    }
}
