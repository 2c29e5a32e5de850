public import Chain
public import Ledger
public import Saga

/// What one node's log says that only other nodes' logs can confirm.
public struct Testimony: Sendable {
    /// A header of a peer that this node has recorded, with what it took under it.
    public struct Witnessed: Sendable {
        /// The node whose header it is.
        public let peer: NodeName
        /// Where the record stands in this node's log.
        public let position: Position
        /// The header as that node signed it.
        public let header: WitnessedHeader
        /// How far the peer's entries were taken then.
        public let read: Read
    }

    /// One side of a payment between two banks outside Giro.
    public struct Settlement: Sendable {
        /// The bank that paid or was paid.
        public let peer: NodeName
        /// The currency of the payment.
        public let currency: Currency
        /// Of clearing: positive where the peer has paid, negative where it was paid.
        public let change: Int64
        /// When the commit that posted it was made, by this bank's clock.
        public let time: Timestamp
    }

    /// The highest number that was taken of a peer, up to a position of this log.
    private struct Taken {
        let position: Position
        let number: UInt64
    }

    /// Oldest first.
    public private(set) var witnessed: [Witnessed] = []
    /// Oldest first; none where the node is no bank.
    public private(set) var settlements: [Settlement] = []
    /// The positions where the node continued after an accepted loss: from there on its peers may
    /// know better.
    private var timelines: [(number: UInt64, start: Position)] = []
    /// Of each commit, by its last position.
    private var hashes: [Position: Hash] = [:]
    /// By peer, the positions of the entries for it, by number from 1 on.
    private var given: [NodeName: [Position]] = [:]
    /// By peer, oldest first.
    private var taken: [NodeName: [Taken]] = [:]

    init() {}

    mutating func add<Fact>(_ events: [Event<Fact>], of commit: Commit) {
        hashes[commit.header.last] = commit.hash
        for (entry, event) in zip(commit.entries, events) {
            if event.isNumbered, let receiver = event.receiver {
                given[receiver, default: []].append(entry.position)
            }
            switch event {
            case .read(let read, let peer, let signed):
                // Folding has read it before.
                guard let header = try? WitnessedHeader(signed) else { continue }
                let highest = taken[peer]?.last?.number ?? 0
                taken[peer, default: []].append(
                    Taken(position: entry.position, number: max(highest, read.number)))
                witnessed.append(
                    Witnessed(peer: peer, position: entry.position, header: header, read: read))
            case .timelineStarted(let name, _, _):
                timelines.append((name.number, entry.position))
            case .operationDecided(let decided):
                // Settlements are a bank's: another participant's facts are of another type.
                guard let decided = decided as? OperationDecided<LedgerFact>,
                    case .applied(.peerSettled(let postings)) = decided.outcome
                else { continue }
                add(postings, at: commit.header.time)
            default:
                continue
            }
        }
    }

    private mutating func add(_ postings: [Posting], at time: Timestamp) {
        for posting in postings {
            guard case .clearing(let peer) = posting.book else { continue }
            settlements.append(
                Settlement(
                    peer: peer, currency: posting.currency, change: posting.minorUnits,
                    time: time))
        }
    }

    /// Whether this log holds the commit of `header`, which another node has recorded, or was
    /// allowed to lose it.
    public func admits(_ header: WitnessedHeader) -> Bool {
        let wanted = header.header
        return holds(header)
            || timelines.contains { wanted.timeline < $0.number && $0.start <= wanted.last }
    }

    private func holds(_ header: WitnessedHeader) -> Bool {
        hashes[header.header.last] == header.hash
    }

    /// Whether this log can have said by `header` what `reader` has taken: so many entries for it,
    /// and that so many of the reader's were taken. True where the header is not here.
    ///
    /// An acknowledgment may stand in what an accepted loss took away.
    ///
    /// - Complexity: Two bisections.
    func confirms(_ read: Read, by reader: NodeName, under header: WitnessedHeader) -> Bool {
        guard holds(header) else { return true }
        let end = header.header.last
        let entries = given[reader] ?? []
        guard read.number <= UInt64(entries.number(upTo: end, \.self)) else { return false }
        guard timelines.isEmpty else { return true }
        let taken = taken[reader] ?? []
        let count = taken.number(upTo: end, \.position)
        return read.acknowledged <= (count > 0 ? taken[count - 1].number : 0)
    }
}

extension Array {
    /// How many of the first stand at a position or before it; they are in the order of positions.
    fileprivate func number(upTo end: Position, _ position: (Element) -> Position) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if position(self[middle]) <= end { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension VerifiedLog {
    /// The headers of `peer` that this log has recorded and the peer's log does not hold. One that
    /// lies beyond the peer's ``LogAudit/end`` may have been written since that was read.
    public func headersDenied(by peer: some VerifiedLog) -> [Testimony.Witnessed] {
        testimony.witnessed.filter {
            $0.peer == peer.node && !peer.testimony.admits($0.header)
        }
    }

    /// What this log has taken of `peer` under a header that the peer's log holds, although that
    /// log had not said so much by then.
    public func readsDenied(by peer: some VerifiedLog) -> [Testimony.Witnessed] {
        testimony.witnessed.filter {
            $0.peer == peer.node
                && !peer.testimony.confirms($0.read, by: node, under: $0.header)
        }
    }
}
