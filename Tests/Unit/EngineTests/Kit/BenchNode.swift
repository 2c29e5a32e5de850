import Approval
import ApprovalWire
import Chain
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Saga
import Stock
import StockWire
import TestKit
import Testing
import Wire

@testable import Engine
@testable import PeerProtocol

/// A node without a shell: an engine, a log in memory, and an inbox for each peer that the test
/// fills.
struct BenchNode {
    let name: NodeName
    /// What signs from now on; those before it, newest first.
    private(set) var key: SigningKey
    private(set) var formerKeys: [SigningKey] = []
    var envelope: Envelope
    var configuration: Configuration
    private(set) var engine: Engine<Party>
    private(set) var storage = LogStorage()
    /// The state as it was after each commit.
    private(set) var checkpoints: [State<Party>] = []
    /// Whether `checkpoints` are kept: not in long runs.
    var keepsCheckpoints = true
    /// By peer, where the next record of its topic stands.
    private var inboxEnds: [NodeName: Int64] = [:]

    init(_ name: NodeName, peers: Set<NodeName>, limits: Limits, at now: Timestamp) {
        self.name = name
        key = Self.key(of: name)
        envelope = Envelope(
            node: name,
            secrets: Dictionary(
                uniqueKeysWithValues: peers.map { ($0, Self.secret(name, $0)) }),
            keys: Dictionary(
                uniqueKeysWithValues: peers.map { ($0, KeyRing(Self.key(of: $0).publicKey)) }))
        configuration = Configuration(node: name, peers: peers, limits: limits)
        engine = Engine(configuration, state: State(node: name, participant: Self.party(name)))
        keep(engine.open(publicKey: key.publicKey.bytes, now: now))
    }

    static func key(of name: NodeName) -> SigningKey {
        known(SigningKey(rawBytes: Hash.sha256(of: Array(name.text.utf8)).bytes))
    }

    static func party(_ name: NodeName) -> Party {
        Party(Ledger(node: name), Pair(Stock(), Approval()))
    }

    static func secret(_ one: NodeName, _ other: NodeName) -> PeerSecret {
        let text = "\(min(one, other)) and \(max(one, other))"
        return known(PeerSecret(bytes: Hash.sha256(of: Array(text.utf8)).bytes))
    }

    var state: State<Party> { engine.state }
    var ledger: Ledger { engine.state.participant.first }

    var commits: [Commit] { storage.commits(after: .start, entriesMax: .max) }

    mutating func step(_ inputs: [Input<Party>], at now: Timestamp) -> Outcome {
        var rest = inputs[...]
        let batch = engine.step(&rest, now: now)
        precondition(rest.isEmpty, "a test's inputs fit into one commit")
        keep(batch)
        return Outcome(batch, of: name)
    }

    /// All that the log was ever signed with.
    var keys: KeyRing { KeyRing(key.publicKey, former: formerKeys.map(\.publicKey)) }

    /// Hands the log over to another key.
    mutating func rotateKey(to key: SigningKey, at now: Timestamp) {
        keep(engine.rotateKey(to: key.publicKey, by: Cast.ada, now: now))
        formerKeys.insert(self.key, at: 0)
        self.key = key
    }

    mutating func startTimeline(at now: Timestamp) {
        keep(engine.startTimeline(by: Cast.ada, approvers: ["ada", "grace"], now: now))
    }

    mutating func acceptClock(at now: Timestamp) {
        keep(engine.acceptClock(by: Cast.ada, approvers: ["ada", "grace"], now: now))
    }

    /// The record as an inbox delivers it.
    ///
    /// - Parameter topic: The peer whose topic it is on. Without one, it is the sender that the
    ///   record names, or the first peer where it names none.
    mutating func receive(_ record: Record, from topic: NodeName? = nil) -> Input<Party> {
        let peers = configuration.peers
        let named = record.namedSender.flatMap { peers.contains($0) ? $0 : nil }
        let peer = topic ?? named ?? known(peers.min())
        let offset = inboxEnds[peer, default: 0]
        inboxEnds[peer] = offset + 1
        return .deliver(
            envelope.verify(
                DeliveredRecord(offset: offset, record: record), from: peer, for: Party.self))
    }

    /// The peer's topic was recreated: its next record has offset 0 again.
    mutating func forgetInbox(of peer: NodeName) {
        inboxEnds[peer] = 0
    }

    /// Drops memory and continues where the log ends.
    mutating func restart(from snapshot: Snapshot? = nil) throws {
        engine = Engine(configuration, state: try recovered(from: snapshot))
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

    private mutating func keep(_ batch: Batch<Fact>) {
        guard !batch.events.isEmpty else { return }
        let commit = batch.signed(after: storage.end, by: name, key: key)
        do throws(LogError) {
            try storage.append(commit)
        } catch {
            preconditionFailure("a commit signed after the head continues the log: \(error)")
        }
        if keepsCheckpoints { checkpoints.append(engine.state) }
    }
}

extension Record {
    /// The sender that it names, true or not, where it can be read.
    var namedSender: NodeName? { (try? PeerMessage(wire: value))?.sender }
}
