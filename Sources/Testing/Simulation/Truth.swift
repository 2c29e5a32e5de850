import Chain
public import Engine
import Links
public import Saga
public import Wire

/// What is durable: every node's log, folded commit by commit from the bytes on its disk, and what
/// the clients asked for. Checkers measure everything against it.
public final class Truth<P: WireParticipant> {
    private struct Link: Hashable {
        let sender: NodeName
        let receiver: NodeName
    }

    /// A commit as its node signed it.
    struct SignedCommit {
        let signed: SignedHeader
        let last: Position
    }

    /// The nodes' names by their index.
    public let names: [NodeName]
    /// The peer of all that has a key and keeps no rule; it is not among ``names``.
    public let hostile: NodeName
    /// By node, the fold of its durable log.
    public private(set) var states: [State<P>]
    /// What clients asked for, and the hostile peer in their place, by content hash.
    public private(set) var plans: [Hash: Itinerary<P.Action>] = [:]
    /// The numbered entries of a durable log for a peer, the first one first.
    private var told: [Link: [Told]] = [:]
    /// By node, by the hash of their headers.
    private var commits: [NodeName: [Hash: SignedCommit]] = [:]

    init(_ nodes: [(name: NodeName, participant: P)], hostile: NodeName) {
        names = nodes.map(\.name)
        self.hostile = hostile
        states = nodes.map { State(node: $0.name, participant: $0.participant) }
    }

    /// The index of a node; `nil` for a name that is not in the network.
    public func index(of name: NodeName) -> Int? { names.firstIndex(of: name) }

    func plan(_ itinerary: Itinerary<P.Action>, for content: Hash) {
        plans[content] = itinerary
    }

    func fold(
        _ commit: Commit, _ events: [Event<P.Fact>], of node: Int
    ) throws(FoldFault) {
        try states[node].apply(events, of: commit)
        note(commit)
        for (offset, event) in events.enumerated() {
            guard let (peer, told) = event.told(at: commit.header.first + offset) else { continue }
            note(told, by: names[node], to: peer)
        }
    }

    /// Takes note of a commit that its node has signed and may show.
    func note(_ commit: Commit) {
        commits[commit.header.node, default: [:]][commit.hash] = SignedCommit(
            signed: SignedHeader(commit), last: commit.header.last)
    }

    /// Takes note of the next entry for a peer.
    func note(_ told: Told, by sender: NodeName, to receiver: NodeName) {
        self.told[Link(sender: sender, receiver: receiver), default: []].append(told)
    }

    /// What a node's durable log has for a peer, by number, beginning with 1.
    func told(by sender: NodeName, to receiver: NodeName) -> [Told] {
        told[Link(sender: sender, receiver: receiver)] ?? []
    }

    /// The commit of a durable log; `nil` where it has none of that hash.
    func commit(_ hash: Hash, of node: NodeName) -> SignedCommit? { commits[node]?[hash] }

    /// How many of a peer's entries for a node it has not taken; none of a peer that it has
    /// suspended, which are not to be taken.
    func untaken(of peer: NodeName, at node: Int) -> Int {
        let count = told(by: peer, to: names[node]).count
        guard let link = states[node].links[peer] else { return count }
        return link.suspension == nil ? max(0, count - Int(link.next - 1)) : 0
    }

    /// Those of a peer's entries that a commit takes, by number: from the first that were left to
    /// the one that its `read` names.
    ///
    /// To be asked before the commit is folded.
    func taken(_ read: Read, of peer: NodeName, at node: Int) -> [(number: UInt64, told: Told)] {
        let next = states[node].links[peer]?.next ?? 1
        guard next <= read.number else { return [] }
        let told = told(by: peer, to: names[node])
        return (next...read.number).compactMap { number in
            number <= told.count ? (number, told[Int(number) - 1]) : nil
        }
    }
}
