import Engine
import EventLog
import Logging
import Saga
import Synchronization
import Wire

/// A log that was opened for writing and folded to its end.
///
/// The engine is handed over once and not kept: two holders of its tables would copy them all at
/// the first change.
final class Opening<P: WireParticipant>: Sendable {
    let head: Head
    /// Where the inbox is to be read on.
    let inbox: InboxCursor
    /// What peers' logs showed when the session began: what it echoes to them.
    let peers: [NodeName: PeerHistory]
    /// The log's generation, and the entry that raised it.
    let generation: (number: UInt64, start: Position)
    private let engine: Mutex<Engine<P>?>

    /// 1. Fold what is behind what the follower has. 2. An empty log is opened with its first
    /// entry.
    init(_ parts: Node<P>.Parts, head: Head, follower: inout Follower<P>) async throws {
        try await follower.advance()
        let recovery = try await follower.take()
        guard recovery.end.position == head.position, recovery.end.commitHash == head.commitHash
        else {
            throw LogError(
                .corrupt, "The log's head names \(head.position), its entries end elsewhere.")
        }
        var engine = Engine(parts.configuration, state: recovery.state)
        if head.position == .start {
            let batch = engine.open(publicKey: parts.key.publicKey.bytes, now: parts.clock.now())
            let commit = batch.sealed(
                after: head, by: parts.configuration.node, key: parts.key, for: P.self)
            try await parts.log.append(commit)
            self.head = Head(
                position: commit.header.last, commitHash: commit.hash, epoch: head.epoch)
        } else {
            self.head = head
        }
        parts.logger.info(
            "the log is open for writing",
            metadata: ["position": "\(self.head.position)", "epoch": "\(head.epoch.number)"])
        inbox = engine.state.inbox
        peers = engine.state.peers
        generation = (engine.state.generation, engine.state.generationStart)
        self.engine = Mutex(engine)
    }

    /// The engine; a second call is a bug.
    func handOver() -> Engine<P> {
        guard let engine = engine.withLock({ $0.take() }) else {
            preconditionFailure("an engine has one writer")
        }
        return engine
    }
}
