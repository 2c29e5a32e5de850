public import Chain
public import Ledger
public import Saga

/// What one node's log says that only other nodes' logs can confirm.
public struct Testimony: Sendable {
    /// A header of a peer that this node has recorded.
    public struct Witnessed: Sendable {
        /// The node whose header it is.
        public let peer: NodeName
        /// Where the record stands in this node's log.
        public let position: Position
        /// The header as that node signed it.
        public let header: WitnessedHeader
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

    /// Oldest first.
    public private(set) var witnessed: [Witnessed] = []
    /// Oldest first; none where the node is no bank.
    public private(set) var settlements: [Settlement] = []
    /// The positions where the node continued after an accepted loss: from there on its peers may
    /// know better.
    private var timelines: [(number: UInt64, start: Position)] = []
    /// Of each commit, by its last position.
    private var hashes: [Position: Hash] = [:]

    init() {}

    mutating func add<Fact>(_ events: [Event<Fact>], of commit: Commit) {
        hashes[commit.header.last] = commit.hash
        for (entry, event) in zip(commit.entries, events) {
            switch event {
            case .witnessed(let peer, let signed):
                // Folding has read it before.
                guard let header = try? WitnessedHeader(signed) else { continue }
                witnessed.append(
                    Witnessed(peer: peer, position: entry.position, header: header))
            case .timelineStarted(let number, _, _):
                timelines.append((number, entry.position))
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
        return hashes[wanted.last] == header.hash
            || timelines.contains { wanted.timeline < $0.number && $0.start <= wanted.last }
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
}
