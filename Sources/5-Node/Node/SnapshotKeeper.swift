import Chain
import EventLog
import Logging
import Saga
import Synchronization
import Wire

/// Lets a ``Follower`` make a snapshot whenever the log has grown enough.
final class SnapshotKeeper<P: WireParticipant>: Sendable {
    private let parts: Node<P>.Parts
    private let last: Mutex<Position>
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter head: The log's end when the session began.
    init(_ parts: Node<P>.Parts, head: Position) {
        self.parts = parts
        last = Mutex(head)
    }

    /// Learns how far the log has become durable.
    func note(_ position: Position) {
        let isDue = last.withLock { last in
            guard position.number - last.number >= UInt64(parts.settings.snapshotEvery) else {
                return false
            }
            last = position
            return true
        }
        if isDue { signal.yield() }
    }

    /// Runs until its task is cancelled.
    ///
    /// - Throws: The log is not what was written: ``ChainFault``, ``WireError``, ``FoldFault``.
    ///   That it cannot be reached is for the writer to notice: a snapshot is only a cache.
    func run() async throws {
        var follower = Follower(parts)
        for await _ in signals {
            do {
                try await follower.advance()
                parts.reach(.snapshotDue)
                try await follower.saveSnapshot()
                parts.reach(.snapshotKept)
            } catch let error as LogError {
                parts.logger.warning(
                    "no snapshot was made", metadata: ["error": "\(error)"])
            }
        }
    }
}
