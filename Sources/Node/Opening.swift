import Engine
import EventLog
import Logging
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
    private let engine: Mutex<Engine<P>?>

    /// 1. Fold the newest snapshot that can be trusted, and the tail after it. 2. An empty log is
    /// opened with its first entry.
    init(_ parts: Node<P>.Parts, head: Head) async throws {
        let recovery = try await Self.fold(parts)
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
        self.engine = Mutex(engine)
    }

    /// The engine; a second call is a bug.
    func handOver() -> Engine<P> {
        guard let engine = engine.withLock({ $0.take() }) else {
            preconditionFailure("an engine has one writer")
        }
        return engine
    }

    private static func fold(_ parts: Node<P>.Parts) async throws -> Recovery<P> {
        var recovery = try await start(parts)
        while true {
            let commits = try await parts.log.commits(
                after: recovery.end.position, entriesMax: 10_000)
            if commits.isEmpty { return recovery }
            for commit in commits { try recovery.fold(commit) }
            parts.logger.debug("folding", metadata: ["position": "\(recovery.end.position)"])
        }
    }

    private static func start(_ parts: Node<P>.Parts) async throws -> Recovery<P> {
        let node = parts.configuration.node
        let key = parts.key.publicKey
        if let snapshot = try await parts.log.newestSnapshot() {
            do throws(WireError) {
                return try Recovery(node: node, snapshot: snapshot, key: key)
            } catch {
                // A snapshot is only a cache: without it the start takes longer.
                parts.logger.warning(
                    "folding the whole log: its snapshot cannot be used",
                    metadata: ["cause": "\(error)"])
            }
        }
        return Recovery(node: node, participant: parts.participant, key: key)
    }
}
