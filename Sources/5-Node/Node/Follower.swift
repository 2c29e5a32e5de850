import Chain
import Engine
import EventLog
import Logging
import Saga
import Wire

/// Folds the log beside its writer: makes the snapshots, so that the writer never pauses for one,
/// and keeps a standby warm.
///
/// What it folds it verifies, so a log that does not hold what was written is noticed while the
/// node runs.
struct Follower<P: WireParticipant>: Sendable {
    private let parts: Node<P>.Parts
    private var recovery: Recovery<P>?
    private var lastSnapshot = Position.start

    init(_ parts: Node<P>.Parts) {
        self.parts = parts
    }

    /// Folds what the log has got since.
    ///
    /// - Throws: ``LogError``; ``ChainFault``, ``WireError``, ``FoldFault``: the log is not what
    ///   was written.
    mutating func advance() async throws {
        var recovery = try await take()
        while !Task.isCancelled {
            let commits: [Commit]
            do throws(LogError) {
                commits = try await parts.log.commits(
                    after: recovery.end.position, entriesMax: 10_000)
            } catch {
                // What was folded is as good as before: the next try continues behind it.
                self.recovery = recovery
                throw error
            }
            if commits.isEmpty { break }
            try recovery.fold(commits)
            parts.logger.debug("folded", metadata: ["position": "\(recovery.end.position)"])
        }
        self.recovery = recovery
    }

    /// Keeps a signed snapshot of what is folded, where there is something new.
    mutating func saveSnapshot() async throws(LogError) {
        guard let recovery, recovery.end.position > lastSnapshot else { return }
        try await parts.log.save(
            .signed(
                position: recovery.end.position, commitHash: recovery.end.commitHash,
                history: recovery.end.history, state: recovery.state.encoded(), key: parts.key))
        lastSnapshot = recovery.end.position
    }

    /// Hands over what is folded; the follower begins again. Two holders of the tables would copy
    /// them all at the first change.
    mutating func take() async throws -> Recovery<P> {
        if let recovery = recovery.take() { return recovery }
        return try await start()
    }

    /// How far peers' topics were read, and which keys of theirs count. Folds the log first: what
    /// peers say of it is compared with the newest that it says of them.
    ///
    /// - Returns: Nothing where the log cannot be folded, which its opening has to say: a process
    ///   that has taken it over since may have written, and with another key.
    mutating func knownLinks() async throws -> KnownLinks {
        do {
            try await advance()
        } catch let fault where !fault.isWorthRetrying && !(fault is CancellationError) {
            return KnownLinks()
        }
        let recovery = try await take()
        self.recovery = recovery
        // What was folded of a log that was longer, or another, says nothing of this one.
        let commit = try await parts.log.commit(endingAt: recovery.end.position)
        guard commit?.hash == recovery.end.commitHash else { return KnownLinks() }
        return KnownLinks(inboxes: recovery.state.inboxes, links: recovery.state.links)
    }

    /// From the newest snapshot that can be trusted, or from the first entry.
    private mutating func start() async throws -> Recovery<P> {
        let node = parts.configuration.node
        let keys = try await parts.snapshotKeys()
        if let keys, let snapshot = try await parts.log.newestSnapshot() {
            do throws(WireError) {
                let recovery = try Recovery<P>(node: node, snapshot: snapshot, keys: keys)
                lastSnapshot = snapshot.position
                return recovery
            } catch {
                // A snapshot is only a cache: without it the start takes longer.
                parts.logger.warning(
                    "folding the whole log: its snapshot cannot be used",
                    metadata: ["cause": "\(error)"])
            }
        }
        return Recovery(node: node, participant: parts.participant, keys: parts.keys)
    }
}
