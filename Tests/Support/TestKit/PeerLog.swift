public import Chain
import Ledger
import LedgerWire
public import Links
public import Saga
public import Wire

/// The log of a node that does not run: what a test says in its name, in excerpts that prove it.
public struct PeerLog: Sendable {
    public let node: NodeName
    /// Signs it all: what a peer's people have compared.
    public let key: SigningKey
    public private(set) var commits: [Commit] = []
    private var nodes = HistoryNodes()
    private var end = LogEnd.empty(of: Epoch(1))
    private var given: [NodeName: UInt64] = [:]

    /// Opens it.
    public init(of node: NodeName, key: SigningKey) {
        self.node = node
        self.key = key
        append([.nodeOpened(node, publicKey: key.publicKey.bytes)], for: Ledger.self)
    }

    /// Appends entries as one commit, each with the next number for its addressee.
    public mutating func append<P: WireParticipant>(
        _ events: [Event<P.Fact>], for participant: P.Type,
        at time: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)
    ) {
        var entries: [(saga: CommandID?, parts: EntryParts)] = []
        for event in events {
            var addressee: Addressee?
            if let peer = event.receiver {
                if event.isNumbered { given[peer, default: 0] += 1 }
                addressee = Addressee(peer, number: event.isNumbered ? given[peer] : nil)
            }
            entries.append((event.saga, Event.encode(event, to: addressee, for: P.self)))
        }
        append(entries, at: time)
    }

    /// Appends entries as they are as one commit: also what no node would write.
    public mutating func append(
        _ entries: [(saga: CommandID?, parts: EntryParts)],
        at time: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)
    ) {
        let commit = Commit.signed(
            entries, after: end, node: node, timeline: 0, time: time, inboxes: [:], key: key)
        commits.append(commit)
        nodes.append(commit.hash)
        end.advance(over: commit)
    }

    /// Appends a commit that says how far a peer's log was taken, true or not.
    public mutating func append(claiming read: Read, of peer: NodeName) {
        let frame = ShownFrame(to: Addressee(peer, number: nil), .read(read))
        append([(nil, EntryParts(shown: frame.encoded(), kept: [0]))])
    }

    /// The number of the newest entry for a peer; 0 for none.
    public func given(to peer: NodeName) -> UInt64 { given[peer] ?? 0 }

    /// Of the newest commit.
    public func newest() throws -> WitnessedHeader {
        let last = known(commits.last)
        return try WitnessedHeader(
            SignedHeader(bytes: last.headerBytes, signature: last.signature))
    }

    /// The entries for a peer from a number on, with the newest `read` for it, under the newest
    /// header.
    ///
    /// - Parameter previous: The header that the peer has taken.
    public func excerpt(
        for peer: NodeName, from number: UInt64 = 1, naming previous: HeaderName? = nil
    ) throws -> Excerpt {
        let all = commits.map { Self.shown($0, to: peer) }
        let read = all.flatMap(\.entries).last { $0.says.number == nil }?.position
        let shown = all.map { commit in
            ShownCommit(
                signed: commit.signed, leaves: commit.leaves,
                entries: commit.entries.filter { entry in
                    entry.says.number.map { $0 >= number } ?? (entry.position == read)
                })
        }
        return try Excerpt.make(
            under: newest(), naming: previous, of: shown.filter { !$0.entries.isEmpty }
        ) { place in
            nodes.hashes.indices.contains(Int(place)) ? nodes.hashes[Int(place)] : nil
        }.excerpt
    }

    /// Also what no node of this version would write into its log.
    private static func shown(_ commit: Commit, to peer: NodeName) -> ShownCommit {
        ShownCommit(
            signed: SignedHeader(bytes: commit.headerBytes, signature: commit.signature),
            leaves: commit.entries.map(MerkleTree.leaf(of:)),
            entries: commit.entries.compactMap { try? ShownEntry($0) }
                .filter { $0.says.peer == peer })
    }
}
