import Chain
import Engine
import Logging
import Saga
import Wire

/// One life of the engine: from folding the log to the first failure of an append.
///
/// Whatever fails in here, memory and all that was not released are dropped with it; the next
/// session folds the log again and never guesses.
final class LogSession<P: WireParticipant>: Sendable {
    private let epoch: Epoch
    let queue: InputQueue<P>
    private let parts: Node<P>.Parts
    private let replies: Replies
    private let openedLog: OpenedLog<P>
    private let durable: DurableWatermark
    private let clockGuard: ClockGuard
    private let admission: Admission<P>
    private let snapshots: SnapshotKeeper<P>
    private let history: OwnHistory

    /// - Parameter openedLog: A log that was taken over and folded.
    init(
        _ parts: Node<P>.Parts, _ openedLog: OpenedLog<P>, replies: Replies,
        _ durable: DurableWatermark, _ clockGuard: ClockGuard, _ admission: Admission<P>
    ) {
        self.parts = parts
        self.openedLog = openedLog
        self.replies = replies
        self.durable = durable
        self.clockGuard = clockGuard
        self.admission = admission
        epoch = openedLog.end.head.epoch
        snapshots = SnapshotKeeper(parts, head: openedLog.end.head.position)
        history = OwnHistory(parts, openedLog.end.history)
        let (inputs, bytes) = (parts.settings.inputsWaitingMax, parts.settings.inputBytesWaitingMax)
        queue = InputQueue(
            capacity: .init(inputs: inputs, bytes: bytes), peers: parts.configuration.peers.count
        ) { [health = admission.health] isFull in
            if isFull {
                health.raise(.inputQueueFull, "\(inputs) inputs, or \(bytes >> 20) MiB, wait")
            } else {
                health.clear(.inputQueueFull)
            }
        }
    }

    /// The writer decides, signs and appends; the gate waits until that is durable and only
    /// then releases what follows from it; the relay publishes; a reader for each peer brings
    /// what it says; the ticker lets time pass; a follower makes snapshots; the history's file is
    /// filled where it lacks something. The first two end when the queue is closed and empty, the
    /// others when they are cancelled.
    func run() async throws {
        clockGuard.peers.forget()
        let relay = OutboxRelay(
            parts, openedLog, durable, history, clockGuard.peers, admission.health)
        let inboxes = parts.configuration.peers.sorted().map { peer in
            InboxReader(
                of: peer, parts, openedLog, queue: queue, history, admission.health,
                reconnected: relay.lookAgain)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await relay.run() }
            for inbox in inboxes { group.addTask { await inbox.run() } }
            group.addTask { await self.tick(relay) }
            group.addTask { try await self.snapshots.run() }
            group.addTask { await self.history.run() }
            group.addTask {
                let end = try await self.decide(relay)
                await relay.drain(for: self.parts.settings.drainTime)
                try await end.save(to: self.parts.log, key: self.parts.key)
                throw Ended()
            }
            do {
                while try await group.next() != nil {}
            } catch is Ended {}
        }
    }

    /// - Returns: The state when everything that was taken in is decided and durable.
    private func decide(_ relay: OutboxRelay<P>) async throws -> Checkpoint<P> {
        let inFlight = InFlightWindow(parts.settings.commitsInFlight)
        let (pending, decided) = AsyncStream.makeStream(of: Pending<P.Fact>.self)
        let gate = DurabilityGate(
            parts, epoch: epoch, replies: replies, inFlight: inFlight, relay: relay,
            admission.health
        ) { commit in
            self.durable.note(commit)
            self.snapshots.note(commit.header.last)
        }
        async let end = write(inFlight: inFlight, into: decided)
        do {
            try await gate.run(pending)
            // Cancelled, the gate stops between two batches, and memory is ahead of the disk.
            try Task.checkCancellation()
        } catch {
            queue.close()
            inFlight.close()
            admission.fail(error)
            // Not only once the relay has ended as well, which may wait for a broker.
            replies.failAll(NodeError(.interrupted))
            throw error
        }
        return await end
    }

    private func write(
        inFlight: InFlightWindow, into decided: AsyncStream<Pending<P.Fact>>.Continuation
    ) async -> Checkpoint<P> {
        var writer = Writer(parts, openedLog, queue: queue, clockGuard, admission)
        return await writer.run(inFlight: inFlight, into: decided)
    }

    /// Lets time pass, and has an idle node look at the log's head as often as a client would: so
    /// that a node whose log was taken over stops even if it gets no requests.
    private func tick(_ relay: OutboxRelay<P>) async {
        var ticks = 0
        while !Task.isCancelled {
            do { try await parts.clock.sleep(parts.settings.tick) } catch { return }
            relay.passTime()
            ticks += 1
            if ticks.isMultiple(of: parts.settings.ticksPerHeadCheck) {
                // A queue that is full has its own condition, and is closed at an end.
                guard (try? queue.offer(.read({ _ in () }, Ticket(0)))) != nil else { continue }
                admission.health.expect(.engineNotAnswering, "the log has not answered")
            } else {
                queue.wake()
            }
        }
    }
}

/// A session that has done its work: the others may stop.
private struct Ended: Error {}
