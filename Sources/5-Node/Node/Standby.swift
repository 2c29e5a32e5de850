import Engine
import EventLog
import Logging
import ServiceLifecycle
import Wire

/// Waits until the writer's lease is this process's: as a standby for as long as it takes, warm; as
/// anybody else, while the holder shows no life, up to the heartbeat's timeout.
struct Standby<P: WireParticipant> {
    private let parts: Node<P>.Parts
    private let lease: any WriterLease
    private var beats: UInt64 = 0
    private var lastBeat: Duration

    init(_ parts: Node<P>.Parts, lease: any WriterLease) {
        self.parts = parts
        self.lease = lease
        lastBeat = parts.clock.sinceBoot()
    }

    /// - Parameters:
    ///   - follower: Folds the log while the other writes it.
    ///   - isReturning: Whether the process may have had the log before.
    /// - Throws: ``LogError`` `.fenced` — the lease is taken, and this process is no standby, or it
    ///   was the writer; `CancellationError`.
    mutating func wait(
        following follower: inout Follower<P>, isReturning: Bool, _ health: Health
    ) async throws {
        if try await lease.take() { return }
        guard parts.settings.standsBy, !isReturning else {
            return try await outlastTheHolder(isReturning)
        }
        parts.logger.notice("standing by: another process has the log")
        health.raise(.standingBy, "another process has the log")
        lastBeat = parts.clock.sinceBoot()
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "the log cannot be followed; trying again",
            recovered: "the log can be followed again")
        while true {
            do {
                if try await look(following: &follower) { return }
                retrier.succeed()
                health.clear(.logUnavailable)
            } catch let error as LogError where error.isWorthReopening {
                // Tried as often as ever: the lease may be free at any time.
                _ = retrier.note(error)
                health.raise(.logUnavailable, "\(error)")
                // A store that cannot be asked says nothing about its writer.
                lastBeat = parts.clock.sinceBoot()
            }
            try await parts.clock.sleep(parts.settings.standbyLook)
        }
    }

    /// Tries again for as long as the holder shows no life, up to the heartbeat's timeout: a
    /// session outlives its process, or the connection that broke, by a moment.
    private func outlastTheHolder(_ isReturning: Bool) async throws {
        parts.logger.notice("another process has the log; waiting for a sign of life")
        let (first, began) = (try await lease.beats(), parts.clock.sinceBoot())
        while parts.clock.sinceBoot() - began < parts.settings.heartbeatTimeout {
            try await parts.clock.sleep(parts.settings.standbyLook)
            if try await lease.take() { return }
            guard try await lease.beats() == first else {
                throw taken(isReturning, "is alive. Stop it")
            }
        }
        throw taken(
            isReturning, "has shown no sign of life for \(parts.settings.heartbeatTimeout). End it")
    }

    private func taken(_ isReturning: Bool, _ how: String) -> LogError {
        guard !isReturning else {
            return LogError(
                .fenced,
                """
                Another process has taken the log of \(parts.configuration.node) over: leave it \
                running. This one can be its standby: giro node --standby \
                \(parts.configuration.node)
                """)
        }
        return LogError(
            .fenced,
            """
            Another process has the log of \(parts.configuration.node) and \(how), or start this \
            one as its standby: giro node --standby \(parts.configuration.node)
            """)
    }

    /// - Returns: Whether the lease is this process's now.
    private mutating func look(following follower: inout Follower<P>) async throws -> Bool {
        if try await lease.take() { return true }
        let current = try await lease.beats()
        if current != beats {
            beats = current
            lastBeat = parts.clock.sinceBoot()
        } else if parts.clock.sinceBoot() - lastBeat >= parts.settings.heartbeatTimeout {
            parts.logger.critical("the writer's heartbeat stopped; ending its database sessions")
            try await lease.clear()
            return try await lease.take()
        }
        try await follower.advance()
        return false
    }
}
