import Chain
import Engine
import EventLog
import Links
import Logging
import Saga
import Synchronization
import Wire

/// A log that was opened for writing and folded to its end.
///
/// The engine is handed over once and not kept: two holders of its tables would copy them all at
/// the first change.
final class OpenedLog<P: WireParticipant>: Sendable {
    let end: LogEnd
    /// By peer, the offset of the newest record of its topic that was taken in.
    let inboxes: [NodeName: Int64]
    /// What the log says of each peer whose key people have compared.
    let links: [NodeName: LinkInbox]
    private let waiting: [NodeName: [Position]]
    private let reads: [NodeName: Position]
    private let engine: Mutex<Engine<P>?>

    /// 1. Fold what is behind what the follower has. 2. An empty log is opened with its first
    /// entry; any other is handed over to the newest signing key, where it is not that one's.
    /// 3. Peers that the log does not know yet are introduced to it.
    ///
    /// - Throws: ``LogError``: `.fenced` — another process has taken the log over meanwhile;
    ///   `.corrupt`, and what else reading and appending throw.
    init(
        _ parts: Node<P>.Parts, head: Head, follower: inout Follower<P>, _ clockGuard: ClockGuard
    ) async throws {
        let recovery: Recovery<P>
        do {
            try await follower.advance()
            try Task.checkCancellation()
            recovery = try await follower.take()
            guard recovery.end.position == head.position, recovery.end.commitHash == head.commitHash
            else {
                throw LogError(
                    .corrupt, "The log's head names \(head.position), its entries end elsewhere.")
            }
        } catch let fault where !fault.isWorthRetrying && !(fault is CancellationError) {
            // A process that has taken the log over since may have written, and with another key.
            _ = try await parts.log.head().takenOver(from: head.epoch)
            throw fault
        }
        var engine = Engine(parts.configuration, state: recovery.state)
        // A commit that is needed to begin must not date the log by a clock that is wrong.
        let floor = engine.state.clockFloor
        let now = clockGuard.fault(floor: floor) == nil ? parts.clock.now() : floor
        let start = LogEnd(head, recovery.end.history)
        if head.position == .start {
            let batch = engine.open(publicKey: parts.key.publicKey.bytes, now: now)
            let opened = try await Self.append(batch, parts, after: start, signer: parts.key)
            parts.reach(.opened)
            end = try await Self.introducePeers(to: &engine, parts, after: opened, now: now)
        } else {
            let rotated = try await Self.rotateKey(of: &engine, parts, after: start, now: now)
            end = try await Self.introducePeers(to: &engine, parts, after: rotated, now: now)
        }
        parts.logger.info(
            "the log is open for writing",
            metadata: ["position": "\(end.head.position)", "epoch": "\(head.epoch.number)"])
        inboxes = engine.state.inboxes
        links = engine.state.links
        waiting = engine.state.waiting
        reads = engine.state.reads
        self.engine = Mutex(engine)
    }

    /// The entries that a peer has not acknowledged, and the newest `read` for it, oldest first:
    /// without that one nothing could be acknowledged again.
    func waiting(for peer: NodeName) -> [Position] {
        let read = reads[peer].map { [$0] } ?? []
        return ((waiting[peer] ?? []) + read).sorted()
    }

    private static func append(
        _ batch: Batch<P.Fact>, _ parts: Node<P>.Parts, after end: LogEnd, signer: SigningKey
    ) async throws(LogError) -> LogEnd {
        let commit = batch.signed(after: end, by: parts.configuration.node, key: signer)
        try await parts.log.append(commit)
        var end = end
        end.advance(over: commit)
        return end
    }

    /// Hands the log over to the newest key, where it is still signed by a former one.
    ///
    /// The snapshot is made at once for the next start: the former key's are not accepted then.
    private static func rotateKey(
        of engine: inout Engine<P>, _ parts: Node<P>.Parts, after end: LogEnd, now: Timestamp
    ) async throws(LogError) -> LogEnd {
        let signer = try parts.signer(of: engine.state)
        guard signer.keyID != parts.key.keyID else { return end }
        guard let principal = parts.keyRotatedBy else {
            preconditionFailure("a node with former keys needs keyRotatedBy")
        }
        let batch = engine.rotateKey(to: parts.key.publicKey, by: principal, now: now)
        let end = try await append(batch, parts, after: end, signer: signer)
        parts.logger.notice(
            "the log was handed over to another signing key",
            metadata: ["from": "\(signer.keyID)", "to": "\(parts.key.keyID)"])
        try await Checkpoint(state: engine.recorded, end).save(to: parts.log, key: parts.key)
        return end
    }

    /// Records the keys of peers that are configured and that the log does not know, as people
    /// compared them. Without one, nothing of a peer counts.
    private static func introducePeers(
        to engine: inout Engine<P>, _ parts: Node<P>.Parts, after end: LogEnd, now: Timestamp
    ) async throws(LogError) -> LogEnd {
        var added: [(NodeName, PublicKey)] = []
        for peer in parts.configuration.peers.sorted() where engine.state.links[peer] == nil {
            if let key = parts.peerKeys[peer] {
                added.append((peer, key))
            } else {
                parts.logger.warning(
                    "a peer's key is not known, so nothing of it counts: compare keys with it",
                    metadata: ["peer": "\(peer)"])
            }
        }
        guard !added.isEmpty else { return end }
        let batch = engine.introduce(added, by: parts.peersAddedBy, now: now)
        return try await append(batch, parts, after: end, signer: parts.key)
    }

    /// The engine; a second call is a bug.
    func handOver() -> Engine<P> {
        guard let engine = engine.withLock({ $0.take() }) else {
            preconditionFailure("an engine has one writer")
        }
        return engine
    }
}
