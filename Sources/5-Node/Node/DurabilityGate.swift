import Chain
import Engine
import EventLog
import Logging
import Projection
import Wire

/// Waits until batches are durable, in their order, and releases what follows from each only then.
struct DurabilityGate<P: WireParticipant>: Sendable {
    private let parts: Node<P>.Parts
    private let epoch: Epoch
    private let replies: Replies
    private let inFlight: InFlightWindow
    private let relay: OutboxRelay<P>
    private let health: Health
    private let began: Duration
    private let onDurable: @Sendable (Commit) -> Void

    init(
        _ parts: Node<P>.Parts, epoch: Epoch, replies: Replies, inFlight: InFlightWindow,
        relay: OutboxRelay<P>,
        _ health: Health,
        onDurable: @escaping @Sendable (Commit) -> Void
    ) {
        self.onDurable = onDurable
        self.parts = parts
        self.epoch = epoch
        self.replies = replies
        self.inFlight = inFlight
        self.relay = relay
        self.health = health
        began = parts.clock.sinceBoot()
    }

    /// - Throws: ``LogError``; nothing of the batch that failed, or of later ones, was released.
    ///   `CancellationError` — nor was anything of the batch whose outcome was waited for.
    func run(_ pending: AsyncStream<Pending<P.Fact>>) async throws {
        do {
            try await releaseAll(of: pending)
        } catch {
            // Cancelled, it waits for no store: what it does not know is no fault of the log.
            try Task.checkCancellation()
            throw error
        }
    }

    private func releaseAll(of pending: AsyncStream<Pending<P.Fact>>) async throws {
        for await batch in pending {
            if let appending = batch.appending {
                try await appending.outcome()
                parts.measure(.appended(took: parts.clock.sinceBoot() - batch.since))
                parts.reach(.durable)
            } else {
                try await checkEpoch()
            }
            inFlight.release()
            noteProgress(hasAppended: batch.appending != nil)
            release(batch)
        }
    }

    /// A log that failed works again when it has taken a commit in, or for some seconds has let
    /// this session look.
    private func noteProgress(hasAppended: Bool) {
        health.clear(.engineNotAnswering)
        let isProof =
            hasAppended || parts.clock.sinceBoot() - began > parts.settings.restartPauseMax
        guard isProof, let since = health.clear(.logUnavailable) else { return }
        parts.logger.notice("the log works again", metadata: ["since": "\(since.inWords)"])
    }

    /// A batch that wrote nothing still rests on the log being this writer's: a writer that was
    /// paused must not answer for the one that took over.
    private func checkEpoch() async throws {
        guard try await parts.log.head().epoch == epoch else {
            throw LogError(
                .fenced, "Another process has taken over the log of \(parts.configuration.node).")
        }
    }

    private func release(_ batch: Pending<P.Fact>) {
        if let committed = batch.committed {
            onDurable(committed.commit)
            relay.take(committed.commit)
            parts.onDurable(committed)
        }
        for output in batch.outputs {
            switch output {
            case .reply(let ticket, let reply): replies.answer(ticket, with: .success(reply))
            case .ask(let step, let stop): parts.ask(step, stop)
            case .heard(let peer, let read): relay.relay(to: peer)?.hear(read)
            case .sayAgain(let peer): relay.relay(to: peer)?.sayAgain()
            case .linkChanged(let peer, let isSuspended, let isAnswered):
                relay.relay(to: peer)?.noteLink(isSuspended: isSuspended, isAnswered: isAnswered)
            }
        }
        if batch.committed != nil { parts.reach(.released) }
    }
}
