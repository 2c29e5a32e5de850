import Approval
import ApprovalWire
import Chain
import EventLog
import Ledger
import LedgerWire
import Links
import Saga
import Stock
import StockWire
import TestKit
import Testing
import Wire

@testable import Engine

/// A node without a shell: an engine, a signed log in memory with its history, and an inbox for
/// each peer that the test fills.
struct BenchNode {
    let name: NodeName
    /// What signs from now on; those before it, newest first.
    private(set) var key: SigningKey
    private(set) var formerKeys: [SigningKey] = []
    var configuration: Configuration
    private(set) var engine: Engine<Party>
    private(set) var storage = LogStorage()
    /// What peers are shown is made of it.
    private(set) var shelf = ShownLog()
    /// The state as it was after each commit.
    private(set) var checkpoints: [State<Party>] = []
    /// Whether `checkpoints` are kept: not in long runs.
    var keepsCheckpoints = true
    /// Whether the test has written into the log what the engine did not decide: then it cannot be
    /// folded.
    private(set) var isPlayed = false
    /// By peer, where the next record of its topic stands.
    private var inboxEnds: [NodeName: Int64] = [:]

    init(_ name: NodeName, peers: Set<NodeName>, limits: Limits, at now: Timestamp) {
        self.name = name
        key = Self.key(of: name)
        configuration = Configuration(node: name, peers: peers, limits: limits)
        engine = Engine(configuration, state: State(node: name, participant: Self.party(name)))
        keep(engine.open(publicKey: key.publicKey.bytes, now: now))
        let keys = peers.map { ($0, Self.key(of: $0).publicKey) }
        keep(engine.introduce(keys, by: Cast.ada, now: now))
    }

    static func key(of name: NodeName) -> SigningKey {
        known(SigningKey(rawBytes: Hash.sha256(of: Array(name.text.utf8)).bytes))
    }

    static func party(_ name: NodeName) -> Party {
        Party(Ledger(node: name), Pair(Stock(), Approval()))
    }

    var state: State<Party> { engine.state }
    var ledger: Ledger { engine.state.participant.first }

    var commits: [Commit] { storage.commits(after: .start, entriesMax: .max) }

    /// Decides all of `inputs`, in as many commits as that takes.
    mutating func step(_ inputs: [Input<Party>], at now: Timestamp) -> Outcome {
        var rest = inputs[...]
        var batches: [Batch<Fact>] = []
        repeat {
            precondition(batches.count < 100, "a batch decides something")
            let batch = engine.step(&rest, now: now)
            keep(batch)
            batches.append(batch)
        } while !rest.isEmpty
        return Outcome(batches, of: name)
    }

    /// All that the log was ever signed with.
    var keys: KeyRing { KeyRing(key.publicKey, former: formerKeys.map(\.publicKey)) }

    // MARK: - What people do

    /// Hands the log over to another key.
    mutating func rotateKey(to key: SigningKey, at now: Timestamp) -> Outcome {
        let batch = engine.rotateKey(to: key.publicKey, by: Cast.ada, now: now)
        keep(batch)
        formerKeys.insert(self.key, at: 0)
        self.key = key
        return Outcome([batch], of: name)
    }

    /// Accepts that the log was longer once.
    ///
    /// - Parameter number: Of the timeline; also the bytes of its name.
    mutating func startTimeline(_ number: UInt8 = 1, at now: Timestamp) -> Outcome {
        let batch = engine.startTimeline(
            fork: .of(number), number: UInt64(number), after: storage.head.commitHash,
            by: Cast.ada, approvers: ["ada", "grace"], now: now)
        keep(batch)
        return Outcome([batch], of: name)
    }

    mutating func acceptClock(at now: Timestamp) {
        keep(engine.acceptClock(by: Cast.ada, approvers: ["ada", "grace"], now: now))
    }

    /// The end of the log is lost: `count` commits are left. Memory is what they say.
    mutating func lose(keeping count: Int) throws {
        let rest = commits.prefix(count)
        (storage, shelf) = (LogStorage(), ShownLog())
        checkpoints = Array(checkpoints.prefix(count))
        for commit in rest { append(commit) }
        try restart()
    }

    // MARK: - What is read of peers

    /// The record as an inbox delivers it.
    mutating func receive(
        _ excerpt: Excerpt?, on topic: NodeName, byteCount: Int = 1_000
    ) -> Input<Party> {
        let offset = inboxEnds[topic, default: 0]
        inboxEnds[topic] = offset + 1
        let holds = excerpt?.read.map { shelf.holds($0.read.header) } ?? true
        return .deliver(
            Delivery(
                from: topic, offset: offset, excerpt: excerpt, byteCount: byteCount, holds: holds))
    }

    /// The peer's topic was made again: its next record has offset 0 again.
    mutating func forgetInbox(of peer: NodeName) {
        inboxEnds[peer] = 0
    }

    // MARK: - Recovery

    /// Drops memory and continues where the log ends.
    mutating func restart(from snapshot: Snapshot? = nil) throws {
        // What a test has written cannot be folded.
        let state = isPlayed ? engine.recorded : try recovered(from: snapshot)
        engine = Engine(configuration, state: state)
    }

    /// The same node under other limits.
    mutating func restart(with limits: Limits) throws {
        configuration.limits = limits
        try restart()
    }

    /// What the log makes, or a snapshot and what comes after it.
    func recovered(from snapshot: Snapshot? = nil) throws -> State<Party> {
        var recovery =
            if let snapshot {
                try Recovery<Party>(node: name, snapshot: snapshot, keys: keys)
            } else {
                Recovery(node: name, participant: Self.party(name), keys: keys)
            }
        for commit in storage.commits(after: recovery.end.position, entriesMax: .max) {
            try recovery.fold(commit)
        }
        #expect(recovery.end.position == storage.head.position)
        #expect(recovery.end.commitHash == storage.head.commitHash)
        return recovery.state
    }

    /// The signed state after commit number `index`.
    func snapshot(after index: Int) -> Snapshot {
        let state = checkpoints[index]
        let signer = known(
            ([key] + formerKeys).first { $0.publicKey.bytes == state.publicKey })
        return .signed(
            position: state.position, commitHash: commits[index].hash,
            history: history(after: index), state: state.encoded(), key: signer)
    }

    /// Of the commits up to number `index`.
    func history(after index: Int) -> HistoryTree {
        commits[...index].reduce(into: HistoryTree()) { $0.append($1.hash) }
    }

    // MARK: - The log

    /// Writes what the engine has not decided, as one can who has the key.
    ///
    /// - Parameters:
    ///   - parts: For `peer`, under its next number; a `read` has none.
    ///   - signer: Another key than the node's.
    mutating func write(
        _ parts: EntryParts, under saga: CommandID?, to peer: NodeName, isNumbered: Bool,
        by signer: SigningKey?, at now: Timestamp
    ) {
        var state = engine.state
        state.position = state.position + 1
        if isNumbered {
            state.given[peer, default: 0] += 1
            state.waiting[peer, default: []].append(state.position)
        }
        state.time = max(now, state.time)
        append(
            Commit.signed(
                [(saga, parts)], after: storage.end, node: name, timeline: state.timelineNumber,
                time: state.time, inboxes: [:], key: signer ?? key))
        if keepsCheckpoints { checkpoints.append(state) }
        isPlayed = true
        engine = Engine(configuration, state: state)
    }

    private mutating func keep(_ batch: Batch<Fact>) {
        guard !batch.events.isEmpty else { return }
        append(batch.signed(after: storage.end, by: name, key: key))
        if keepsCheckpoints { checkpoints.append(engine.state) }
    }

    private mutating func append(_ commit: Commit) {
        do throws(LogError) {
            try storage.append(commit)
        } catch {
            preconditionFailure("a commit signed after the head continues the log: \(error)")
        }
        shelf.append(commit)
    }
}

extension ForkID {
    static func of(_ number: UInt8) -> ForkID {
        known(ForkID(bytes: [UInt8](repeating: number, count: ForkID.byteCount)))
    }
}
