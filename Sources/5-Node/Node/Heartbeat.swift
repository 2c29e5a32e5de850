import EventLog
import Logging
import Wire

/// Signals that this process is alive, to the standby that would take over if it were not.
struct Heartbeat<P: WireParticipant>: Sendable {
    private let parts: Node<P>.Parts
    private let lease: any WriterLease

    /// - Returns: `nil` without a lease, where no process could take over.
    init?(_ parts: Node<P>.Parts) {
        guard let lease = parts.lease else { return nil }
        self.parts = parts
        self.lease = lease
    }

    /// Runs what the holder of the lease does, and refreshes the heartbeat meanwhile: also while
    /// the log is opened for a long time. In a pause it does not, so that another process can take
    /// over.
    static func beating(
        _ parts: Node<P>.Parts, _ body: () async throws -> Void
    ) async throws {
        async let _ = Heartbeat(parts)?.run()
        try await body()
    }

    /// Runs until its task is cancelled.
    func run() async {
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger, failed: "the heartbeat failed",
            recovered: nil)
        while !Task.isCancelled {
            do {
                // A lease that was lost with its connection is taken again, unless another process
                // has it: otherwise we would refresh the new holder's heartbeat. Whether the log is
                // still this process's, its epoch says.
                if try await lease.take() { try await lease.beat() }
                retrier.succeed()
            } catch {
                guard !Task.isCancelled else { return }
                _ = retrier.note(error)
            }
            do { try await parts.clock.sleep(parts.settings.heartbeat) } catch { return }
        }
    }
}
