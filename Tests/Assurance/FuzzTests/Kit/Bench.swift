import Approval
import ApprovalWire
import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import Links
import Saga
import Stock
import StockWire
import TestKit
import Wire

/// What the node on the bench runs: every participant there is.
typealias Party = Pair<Ledger, Pair<Stock, Approval>>

/// bank-a without a shell, in the middle of some transfers: what inputs are tried on. A value:
/// each input is tried on a copy.
struct Bench {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let node = Cast.bankA
    static let peers = ["bank-b", "hub", "shop"].map { known(NodeName($0)) }
    static let euro = Cast.euro
    /// The corpus has these ids, which is why they are not those of `Cast`.
    static let alice = known(AccountID("acct-alice000@bank-a"))
    static let amir = known(AccountID("acct-amir0000@bank-a"))
    static let bob = known(AccountID("acct-bob00000@bank-b"))
    static let clerk = known(Principal("token:operator/clerk"))
    /// What each peer may owe.
    static let limit: Int64 = 1_000

    static let key = key(of: node)

    /// The node as every round finds it.
    static let standing = Bench()

    static func key(of name: NodeName) -> SigningKey {
        known(SigningKey(rawBytes: Hash.sha256(of: Array(name.text.utf8)).bytes))
    }

    private(set) var engine: Engine<Party>
    private(set) var recovery: Recovery<Party>
    private(set) var storage = LogStorage()
    /// What each peer's log says.
    private(set) var logs = Dictionary(
        uniqueKeysWithValues: Bench.peers.map { ($0, PeerLog(of: $0, key: Bench.key(of: $0))) })
    /// Of the newest record on each peer's topic.
    private var offsets: [NodeName: Int64] = [:]

    private init() {
        let party = Party(Ledger(node: Self.node), Pair(Stock(), Approval()))
        engine = Engine(
            Configuration(node: Self.node, peers: Set(Self.peers)),
            state: State(node: Self.node, participant: party))
        recovery = Recovery(node: Self.node, participant: party, key: Self.key.publicKey)
        do {
            try keep(engine.open(publicKey: Self.key.publicKey.bytes, now: Self.start))
            let keys = Self.peers.map { ($0, Self.key(of: $0).publicKey) }
            try keep(engine.introduce(keys, by: Self.clerk, now: Self.start))
            try begin()
        } catch {
            preconditionFailure("the bench is laid out with what the rules allow: \(error)")
        }
    }

    /// Alice has 1000, 100 of it on the way to Bob; two steps of others are reserved here, one
    /// waits for consent, one is settled.
    private mutating func begin() throws {
        let operations: [LedgerOperation] =
            [Self.alice, Self.amir].map { .open($0, Self.euro) }
            + [.deposit(Self.amount(1_000), to: Self.alice)]
            + Self.peers.map { .limitExposure(of: $0, minorUnits: Self.limit, Self.euro) }
        for (number, operation) in operations.enumerated() {
            let id = CommandID(1_000 + UInt64(number))
            try take(
                .operate(
                    Operate(
                        id: id, fingerprint: .sha256(of: id.bytes), principal: Self.clerk,
                        operation: .first(operation)),
                    Ticket(0)))
        }
        try take(
            .begin(
                Begin(
                    id: CommandID(1), fingerprint: .zero, principal: Self.clerk,
                    content: Self.outgoing, deadline: Self.deadline), Ticket(0)))
        for (peer, event) in Self.arrivals {
            let excerpt = try say([event], from: peer)
            try hold("what is due was not taken", deliver(excerpt.encoded(), on: peer))
        }
    }

    /// - Returns: Whether nothing of a record was passed over.
    @discardableResult
    mutating func take(_ input: Input<Party>) throws -> Bool {
        var inputs = [input][...]
        var isWhole = true
        for _ in 0..<100 {
            let batch = engine.step(&inputs, now: Self.start + .seconds(1))
            isWhole = isWhole && !batch.drops.keys.contains(where: \.isOfRecord)
            try keep(batch)
            if inputs.isEmpty { return isWhole }
        }
        throw Violation("a record is not taken to its end")
    }

    // MARK: - What peers say

    /// A peer's log says something, in one commit.
    ///
    /// - Returns: What it then shows, behind what was taken of it before.
    mutating func say(_ events: [Event<Party.Fact>], from peer: NodeName) throws -> Excerpt {
        try say(from: peer) { $0.append(events, for: Party.self) }
    }

    /// As ``say(_:from:)``, with entries as they are made.
    mutating func say(
        from peer: NodeName, _ append: (inout PeerLog) -> Void
    ) throws -> Excerpt {
        var log = known(logs[peer])
        let next = log.given(to: Self.node) + 1
        append(&log)
        logs[peer] = log
        return try log.excerpt(
            for: Self.node, from: next, naming: engine.state.links[peer]?.newest?.name)
    }

    /// A record on a peer's topic, of the peer or of a stranger.
    ///
    /// - Returns: Whether it counted.
    @discardableResult
    mutating func deliver(_ value: [UInt8], on topic: NodeName) throws -> Bool {
        let offset = offsets[topic, default: -1] + 1
        offsets[topic] = offset
        var excerpt: Excerpt?
        if value.count <= Excerpt.bytesMaxOfOneEntry { excerpt = try? Excerpt(decoding: value) }
        let holds = excerpt?.read.map { has($0.read.header) } ?? true
        let delivery = Delivery(
            from: topic, offset: offset, excerpt: excerpt, byteCount: value.count, holds: holds)
        return try take(.deliver(delivery))
    }

    private func has(_ header: HeaderName) -> Bool {
        storage.commits(after: .start, entriesMax: .max).contains {
            $0.header.number == header.commit && $0.hash == header.hash
        }
    }

    /// Writes what was decided, and folds it as a recovery does.
    private mutating func keep(_ batch: Batch<Party.Fact>) throws {
        guard !batch.events.isEmpty else { return }
        try fold(
            batch.signed(after: storage.end, by: Self.node, key: Self.key))
    }

    /// Takes a commit as a log's reader does.
    mutating func fold(_ commit: Commit) throws {
        try recovery.fold(commit)
        try storage.append(commit)
    }

    /// Memory and log say the same, and the books are sound. How far inboxes were read is in
    /// memory alone, until something is written.
    func check() throws {
        let (live, folded) = (engine.state, recovery.state)
        try hold(
            "the log makes another state than the engine has",
            live.participant == folded.participant && live.commands == folded.commands
                && live.links == folded.links && live.position == folded.position
                && live.given == folded.given && live.waiting == folded.waiting
                && live.reads == folded.reads
                && live.openSagas == folded.openSagas && live.quarantined == folded.quarantined)
        try hold(
            "the log has other inboxes than the engine has recorded",
            engine.recorded.inboxes == folded.inboxes)
        try recovery.state.participant.first.checkBooks()
        for peer in Self.peers {
            let clearing = engine.state.participant.first.clearing(with: peer, in: Self.euro)
            let exposure = max(0, -clearing.balance) + clearing.inbound
            try hold("\(peer) owes \(exposure)", exposure <= Self.limit)
        }
    }
}

extension Drop {
    /// Whether it is a record of which nothing counted, not an entry that was taken.
    fileprivate var isOfRecord: Bool {
        switch self {
        case .stranger, .noExcerpt, .notTaken, .waits: true
        case .overBudget: false
        }
    }
}

extension Ledger {
    /// Every currency's books sum to zero, and no account's balance is below it.
    func checkBooks() throws {
        var sums: [Currency: Int128] = [:]
        for (id, account) in accounts {
            try hold("\(id) is below zero", account.available >= 0 && account.held >= 0)
            sums[account.currency, default: 0] += Int128(account.available) + Int128(account.held)
        }
        for (key, clearing) in clearings {
            sums[key.currency, default: 0] += Int128(clearing.balance)
        }
        for (own, balance) in ownBooks { sums[own.currency, default: 0] += Int128(balance) }
        try hold("the books sum to \(sums)", sums.values.allSatisfy { $0 == 0 })
    }
}

extension CommandID {
    /// A UUID of version 7's form.
    init(_ number: UInt64) {
        self.init(high: 0x0197_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }
}
