import Backoff
import Chain
import EventLog
import HistoryFile
import Logging
import Saga
import Synchronization
import Wire

/// The history of the own log, of which proofs for peers are made: the tree of its commits and the
/// file of the tree's nodes.
///
/// The file is a cache, which is written here alone: what it lacks is filled from the log, also
/// behind the opening of a long one, and meanwhile the log is asked.
final class OwnHistory: Sendable {
    private struct Shared {
        /// Of the log's commits, as far as relays know them.
        var tree: HistoryTree
        /// Whether the file has ``tree``, as far as is known.
        var isFilled = false
        /// How often the file was filled.
        var fills: UInt64 = 0
        /// While the file is filled, the commits that came since: 32 bytes each.
        var since: [Hash]?
        /// A node proved nothing: the file has to be begun again.
        var isDamaged = false
        /// A disk that keeps damaging the file must not have all of the log read as often.
        var resets = Backoff(from: .seconds(1), upTo: .seconds(600))
        var resetDue = Duration.zero
    }

    private let log: any EventLog
    private let file: HistoryFile
    private let clock: NodeClock
    private let settings: NodeSettings
    private let logger: Logger
    private let shared: Mutex<Shared>
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter tree: Of all commits of the log, as its opening has verified them.
    init<P: WireParticipant>(_ parts: Node<P>.Parts, _ tree: HistoryTree) {
        log = parts.log
        file = parts.history
        clock = parts.clock
        settings = parts.settings
        logger = parts.logger
        shared = Mutex(Shared(tree: tree))
        signal.yield()
    }

    /// Takes the log's next commit, before a relay makes a proof of it. One that was taken before
    /// is passed over.
    func append(_ commit: Commit) {
        let isBehind = shared.withLock { shared in
            guard commit.header.number == shared.tree.count + 1 else { return false }
            shared.tree.append(commit.hash)
            shared.since?.append(commit.hash)
            guard shared.isFilled else { return false }
            do throws(HistoryFileError) {
                try file.append([commit.hash])
            } catch {
                shared.isFilled = false
            }
            return !shared.isFilled
        }
        // Filling it says what is wrong.
        if isBehind { signal.yield() }
    }

    /// The node at a place of `HistoryNodes`, as the file has it: perhaps a wrong one.
    func node(at place: UInt64) -> Hash? { file.node(at: place) }

    /// Whether the log durably has that commit.
    ///
    /// The file may say yes. A no is the log's alone: a cache must never make a peer one that
    /// denies this log.
    ///
    /// - Parameter lookUps: What names of that origin may cost the log.
    /// - Returns: `nil`: it is not known, since they have cost the log enough.
    func holds(
        _ name: HeaderName, _ lookUps: inout LookUps
    ) async throws(LogError) -> Bool? {
        // Until it was compared with the tree, the file may have commits that the log has lost.
        let isFilled = shared.withLock { $0.isFilled }
        if isFilled, file.holds(commit: name.commit, hash: name.hash) { return true }
        guard lookUps.spend(at: clock.sinceBoot()) else { return nil }
        return try await log.commit(numbered: name.commit)?.hash == name.hash
    }

    /// How often the file was filled, for ``repair(readUnder:)``.
    var fills: UInt64 { shared.withLock { $0.fills } }

    /// What the file has made no proof: it is filled again, soon.
    ///
    /// - Parameter fills: ``fills`` of before the nodes were read. Where the file was filled since,
    ///   they were missing, or those of before, and say nothing of what it has now.
    /// - Returns: Whether the file counts as damaged by that.
    @discardableResult
    func repair(readUnder fills: UInt64) -> Bool {
        let isDamaged = shared.withLock { shared in
            let now = clock.sinceBoot()
            guard shared.isFilled, shared.fills == fills, now >= shared.resetDue else {
                return false
            }
            shared.resetDue = now + shared.resets.next()
            (shared.isFilled, shared.isDamaged) = (false, true)
            return true
        }
        if isDamaged { signal.yield() }
        return isDamaged
    }

    /// Fills the file whenever it has to be. Runs until the task is cancelled.
    func run() async {
        var retrier = Retrier(
            settings, clock, logger, failed: "the history file cannot be filled; retrying",
            recovered: "the history file is filled again")
        for await _ in signals {
            while !Task.isCancelled, !shared.withLock({ $0.isFilled }) {
                do {
                    try await fill()
                    retrier.succeed()
                } catch {
                    guard !Task.isCancelled else { return }
                    do { try await retrier.pause(after: error) } catch { return }
                }
            }
        }
    }

    private func fill() async throws {
        if shared.withLock({ $0.isDamaged }) {
            logger.warning(
                """
                the history file is damaged and filled again from the log, which is not affected: \
                check the disk that it is on
                """)
            try file.reset()
            shared.withLock { $0.isDamaged = false }
        }
        let tree = shared.withLock { shared in
            shared.since = []
            return shared.tree
        }
        defer { shared.withLock { $0.since = nil } }
        let outcome = try await file.bring(to: tree, from: log)
        try shared.withLock { shared throws(HistoryFileError) in
            try file.append(shared.since ?? [])
            shared.isFilled = true
            shared.fills += 1
        }
        logger.debug(
            "the history file has the log's commits",
            metadata: ["commits": "\(tree.count)", "outcome": "\(outcome)"])
    }
}
