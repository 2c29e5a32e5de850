import Engine
import EventLog
import Logging
import Saga
import Wire

/// One life of the engine: from folding the log to the first failure of an append.
///
/// Whatever fails in here, memory and all that was not released are dropped with it; the next
/// session folds the log again and never guesses.
final class Session<P: WireParticipant>: Sendable {
    private let epoch: Epoch
    let queue: InputQueue<P>
    private let parts: Node<P>.Parts
    private let replies: Replies
    private let opening: Opening<P>
    private let durable: Durable
    private let clockGuard: ClockGuard
    private let condition: Condition<P>
    private let snapshots: SnapshotKeeper<P>

    /// - Parameter opening: A log that was taken over and folded.
    init(
        _ parts: Node<P>.Parts, _ opening: Opening<P>, replies: Replies, _ durable: Durable,
        _ clockGuard: ClockGuard, _ condition: Condition<P>
    ) {
        self.parts = parts
        self.opening = opening
        self.replies = replies
        self.durable = durable
        self.clockGuard = clockGuard
        self.condition = condition
        epoch = opening.head.epoch
        snapshots = SnapshotKeeper(parts, head: opening.head.position)
        let capacity = parts.settings.inputsWaitingMax
        queue = InputQueue(capacity: capacity) { [health = condition.health] isFull in
            if isFull {
                health.begin(.inputQueueFull, "\(capacity) inputs wait")
            } else {
                health.end(.inputQueueFull)
            }
        }
    }

    /// The writer decides, seals and appends; the releaser waits until that is durable and only
    /// then releases what follows from it; the relay publishes; the inbox brings what peers say;
    /// the ticker lets time pass; a follower makes snapshots. The first two end when the queue is
    /// closed and empty, the others when they are told.
    func run() async throws {
        let relay = Relay(parts, opening, durable, condition.health)
        let inbox = InboxReader(
            parts, opening, queue: queue, clockGuard.peers, condition.health,
            reconnected: relay.lookAgain)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await relay.run() }
            group.addTask { await inbox.run() }
            group.addTask { await self.tick() }
            group.addTask { try await self.snapshots.run() }
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
    private func decide(_ relay: Relay<P>) async throws -> Checkpoint<P> {
        let slots = Slots(parts.settings.commitsInFlight)
        let (pending, decided) = AsyncStream.makeStream(of: Pending.self)
        let releaser = Releaser(
            parts, epoch: epoch, replies: replies, slots: slots, relay: relay, condition.health
        ) { commit in
            self.durable.note(commit)
            self.snapshots.note(commit.header.last)
        }
        async let end = write(slots: slots, into: decided)
        do {
            try await releaser.run(pending)
            // Cancelled, the releaser stops between two batches, and memory is ahead of the disk.
            try Task.checkCancellation()
        } catch {
            queue.close()
            slots.close()
            condition.fail(error)
            // Not only once the relay has ended as well, which may wait for a broker.
            replies.failAll(NodeError(.interrupted))
            throw error
        }
        return await end
    }

    private func write(
        slots: Slots, into decided: AsyncStream<Pending>.Continuation
    ) async -> Checkpoint<P> {
        var writer = Writer(parts, opening, queue: queue, clockGuard, condition)
        return await writer.run(slots: slots, into: decided)
    }

    /// Lets time pass, and lets an idle node look at the log's head as often as a client would: so
    /// that one whose log was taken over stops even when nobody asks it anything.
    private func tick() async {
        var ticks = 0
        while !Task.isCancelled {
            do { try await parts.clock.sleep(parts.settings.tick) } catch { return }
            ticks += 1
            if ticks.isMultiple(of: parts.settings.ticksPerHeadCheck) {
                // A queue that is full has a condition of its own, and is closed at an end.
                guard (try? queue.offer(.read({ _ in () }, Ticket(0)))) != nil else { continue }
                condition.health.expect(.engineNotAnswering, "the log has not answered")
            } else {
                queue.wake()
            }
        }
    }
}

/// A session that has done its work: the others may stop.
private struct Ended: Error {}
