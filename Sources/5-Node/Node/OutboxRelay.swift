import Chain
import Engine
import EventLog
import JournalReader
import Logging
import MessageBus
import PeerProtocol
import Projection
import Saga
import Synchronization
import Wire

/// Publishes what became durable, in the log's order: of each group of commits first the journal
/// records and, when those are acknowledged, the messages, which it hands to a ``PeerRelay`` for
/// each peer. So no peer knows of a commit that the journal lacks.
///
/// Its cursor is how far the journal holds the log whole, record by record as the log says it;
/// whatever was published but not acknowledged is published again after a failure.
final class OutboxRelay<P: WireParticipant>: Sendable {
    private struct Shared {
        var commits: [CommittedBatch<P.Fact>] = []
        /// Questions and answers that follow from no entry: losing one does no harm.
        var messages: [Message] = []
        var isDraining = false
        /// The journal may not be what it was.
        var isUnsure = false
        /// That others write to the journal was said.
        var hasWarned = false
    }

    private struct Cursor {
        var published: Position
        /// Messages of commits up to here are handed to the relays of the peers.
        var sent: Position
        /// The first offset that the journal holds, and where its next record has to stand.
        var held: Range<Int64>
        /// What was read of the log and not published yet.
        var ahead: ArraySlice<Commit> = []
    }

    private static var messagesWaitingMax: Int { 20_000 }
    /// At once, of the log and of the journal: few enough for the memory they take.
    private static var entriesReadMax: Int { 500 }
    private static var commitsReadMax: Int { 50 }
    /// Bodies of commits that wait in memory; beyond it they are read from the log.
    private static var waitingBytesMax: Int { 16 << 20 }

    private let parts: Node<P>.Parts
    private let openedLog: OpenedLog<P>
    private let durable: DurableWatermark
    private let progress: PublishingProgress
    private let journal: String
    /// By name: what happens in their order is the same in every run.
    private let peers: [(name: NodeName, relay: PeerRelay<P>)]
    private let shared = Mutex(Shared())
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let (ends, end) = AsyncStream.makeStream(of: Void.self)

    init(
        _ parts: Node<P>.Parts, _ openedLog: OpenedLog<P>, _ durable: DurableWatermark,
        _ health: Health
    ) {
        self.parts = parts
        self.openedLog = openedLog
        self.durable = durable
        progress = PublishingProgress(health)
        journal = Topic.journal(of: parts.configuration.node).name
        let envelope = Envelope(node: parts.configuration.node, secrets: parts.secrets)
        peers = parts.configuration.peers.sorted().map { peer in
            let echo = openedLog.peers[peer]?.newest.signed
            return (peer, PeerRelay(to: peer, parts, envelope, echo: echo, health))
        }
        signal.yield()
    }

    /// Takes a durable commit in. What there is no room for is read from the log later.
    func take(_ batch: CommittedBatch<P.Fact>) {
        shared.withLock { shared in
            let bytes = shared.commits.reduce(0) { $0 + $1.commit.body.count }
            if shared.commits.count >= parts.settings.relayCommitsWaitingMax
                || bytes >= Self.waitingBytesMax
            {
                shared.commits = []
            }
            shared.commits.append(batch)
        }
        progress.noteDurable(batch.commit.header.last)
        signal.yield()
    }

    func take(_ message: Message) {
        shared.withLock { shared in
            if shared.messages.count < Self.messagesWaitingMax { shared.messages.append(message) }
        }
        signal.yield()
    }

    /// Looks for the journal's end again: where the bus failed those who read, it may have lost the
    /// journal, and a relay that has nothing to publish would not notice.
    func lookAgain() {
        shared.withLock { $0.isUnsure = true }
        signal.yield()
    }

    /// Runs until it is drained or its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for peer in peers { group.addTask { await peer.relay.run() } }
            await relay()
            for peer in peers { peer.relay.drain() }
        }
        end.finish()
    }

    /// A bus that fails is tried again from where the journal is whole.
    private func relay() async {
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "publishing failed; retrying", recovered: "publishing works again")
        var elsewhere = Position.start
        while !Task.isCancelled {
            do {
                shared.withLock { $0.isUnsure = false }
                var cursor = try await findCursor()
                try await fillJournal(from: &cursor)
                for await _ in signals {
                    if shared.withLock({ $0.isUnsure }) {
                        signal.yield()
                        break
                    }
                    // Asked before: what was released until then is published once more.
                    let isLast = shared.withLock { $0.isDraining }
                    try await publishAll(from: &cursor)
                    retrier.succeed()
                    progress.succeed(upTo: cursor.published)
                    if isLast { return }
                }
            } catch let error as PublishedElsewhere where error.published > elsewhere {
                // Others write to the journal as well, and it still gets on: no reason to wait.
                elsewhere = error.published
                signal.yield()
            } catch {
                guard !Task.isCancelled else { return }
                progress.fail(error)
                do { try await retrier.pause(after: error) } catch { return }
                signal.yield()
            }
        }
    }

    /// Publishes what is left, for as long as `time` allows. The rest is published after the next
    /// start.
    func drain(for time: Duration) async {
        shared.withLock { $0.isDraining = true }
        signal.yield()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in self.ends {} }
            group.addTask { try? await self.parts.clock.sleep(time) }
            await group.next()
            group.cancelAll()
        }
    }

    /// After the journal was emptied: its records are published again, but no message that was
    /// sent before. A node that still waits for one asks.
    ///
    /// What comes after those is left to ``publishAll(from:)``: a relay that fails in between takes
    /// all but the journal's last commits for sent.
    private func fillJournal(from cursor: inout Cursor) async throws {
        while cursor.published < cursor.sent, !Task.isCancelled {
            let commits = try await parts.log.commits(
                after: cursor.published, entriesMax: Self.entriesReadMax
            ).prefix { $0.header.last <= cursor.sent }
            guard let last = commits.last?.header.last else { return }
            try await publishJournal(Array(commits), from: &cursor)
            progress.succeed()
            cursor.published = last
        }
    }

    /// What waits is taken first and sent last: an answer rests on commits that were
    /// durable before it, and no peer may know of one that the journal lacks.
    private func publishAll(from cursor: inout Cursor) async throws {
        let messages = shared.withLock { shared in
            defer { shared.messages = [] }
            return shared.messages
        }
        while !Task.isCancelled {
            let group = try await nextGroup(after: &cursor)
            guard let last = group.last?.commit.header.last else { break }
            parts.reach(.publishing)
            // What is read from the log may be durable and not answered yet. Once others know of
            // it, the log must never come back without it.
            if let newest = group.last?.commit { durable.note(newest) }
            try await publishJournal(group.map(\.commit), from: &cursor)
            parts.reach(.journalled)
            cursor.published = max(cursor.published, last)
            parts.measure(.published(upTo: last))
            progress.succeed(upTo: last)
            for batch in group { handOver(batch) }
            cursor.sent = last
        }
        // Cancelled, the commits that the messages rest on may not be in the journal yet.
        try Task.checkCancellation()
        handOver(messages)
    }

    private func handOver(_ batch: CommittedBatch<P.Fact>) {
        let messages = byReceiver(batch.messages)
        let echoes = Dictionary(batch.witnessed.map { ($0.peer, $0.header) }) { $1 }
        for (peer, relay) in peers {
            relay.take(messages[peer] ?? [], from: batch.commit, echo: echoes[peer])
        }
    }

    private func handOver(_ repetitions: [Message]) {
        let messages = byReceiver(repetitions)
        for (peer, relay) in peers { relay.take(messages[peer] ?? []) }
    }

    private func byReceiver(_ messages: [Message]) -> [NodeName: [Message]] {
        var sorted: [NodeName: [Message]] = [:]
        for message in messages {
            guard parts.configuration.peers.contains(message.receiver) else {
                // The step's holder retries once the peer is back in the configuration.
                parts.logger.warning(
                    "the receiver of a message is no peer any more",
                    metadata: ["peer": "\(message.receiver)", "saga": "\(message.step.saga)"])
                continue
            }
            sorted[message.receiver, default: []].append(message)
        }
        return sorted
    }

    /// A broker that has lost the journal's end, or all of it, may not report that, and others may
    /// write to it: then new records do not land directly behind those before them.
    private func publishJournal(_ commits: [Commit], from cursor: inout Cursor) async throws {
        let records = commits.filter { $0.header.last > cursor.published }
            .map { Journal.record(of: $0) }
        guard let position = commits.last?.header.last, !records.isEmpty else { return }
        progress.start(records.count, to: journal)
        let last = try await parts.bus.publish(records, to: journal)
        let end = cursor.held.upperBound + Int64(records.count)
        guard last ?? end - 1 == end - 1 else {
            throw PublishedElsewhere(
                journal: journal, published: cursor.published, expected: end - 1, found: last)
        }
        cursor.held = cursor.held.lowerBound..<end
        guard let last else { return }
        parts.journalMarks.note(
            JournalMark(
                first: cursor.held.lowerBound, offset: last, position: position,
                sent: cursor.sent))
    }

    /// The next commits that are published at once: handed over, or read from the log where those
    /// handed over do not continue at the cursor. What is read is far more: kept, or a relay that
    /// is far behind would read its log as often as there are groups in a reading.
    private func nextGroup(after cursor: inout Cursor) async throws -> [CommittedBatch<P.Fact>] {
        let commitsMax = parts.settings.relayCommitsMax
        let sent = cursor.sent
        let handed = shared.withLock { shared in
            shared.commits.removeAll { $0.commit.header.last <= sent }
            guard shared.commits.first?.commit.header.first == sent + 1 else {
                return [] as [CommittedBatch<P.Fact>]
            }
            return Array(shared.commits.prefix(commitsMax))
        }
        guard handed.isEmpty else {
            cursor.ahead = []
            return handed
        }
        if cursor.ahead.first?.header.first != sent + 1 {
            cursor.ahead = try await parts.log.commits(
                after: sent, entriesMax: Self.entriesReadMax)[...]
        }
        let group = cursor.ahead.prefix(commitsMax)
        cursor.ahead = cursor.ahead.dropFirst(commitsMax)
        return try group.map { try CommittedBatch(decoding: $0, for: P.self) }
    }

    /// Compares the journal with the log, from where it was last known to be whole. The messages of
    /// the commits that were published last may not have been sent, so they are sent again; peers
    /// ask for what they lack of those before.
    private func findCursor() async throws -> Cursor {
        let held = try await parts.bus.offsets(of: journal)
        let mark = try await validMark(in: held)
        var comparison = Journal.Comparison(
            after: mark?.position ?? .start, commitsMax: parts.settings.relayCommitsMax)
        var offset = mark.map { $0.offset + 1 } ?? held.lowerBound
        while offset < held.upperBound {
            try Task.checkCancellation()
            let records = try await parts.bus.records(
                in: journal, from: offset, recordsMax: Self.commitsReadMax, wait: .zero)
            guard let last = records.last else { break }
            for record in records {
                if let position = comparison.needed {
                    comparison.expect(
                        try await parts.log.commits(
                            after: position, entriesMax: Self.entriesReadMax))
                }
                comparison.take(record)
            }
            offset = last.offset + 1
        }
        return cursor(comparison, mark, held)
    }

    private func cursor(
        _ found: Journal.Comparison, _ mark: JournalMark?, _ held: Range<Int64>
    ) -> Cursor {
        warn(of: found)
        let published = found.published
        let head = openedLog.end.head.position
        // The first entry of a new log is not published yet when it starts.
        if published == .start, head > .start + 1 {
            parts.logger.error(
                "the journal does not hold this log from its first entry; publishing all of it")
            progress.noteDurable(head)
            return Cursor(published: .start, sent: head, held: held)
        }
        let sent = max(found.sent, mark?.sent ?? .start)
        parts.measure(.published(upTo: published))
        if sent < head { progress.noteDurable(head) }
        if let offset = found.offset {
            parts.journalMarks.note(
                JournalMark(
                    first: held.lowerBound, offset: offset, position: published, sent: sent))
        }
        return Cursor(published: published, sent: sent, held: held)
    }

    /// The newest mark, if the journal and the log still are what they were there.
    private func validMark(in held: Range<Int64>) async throws -> JournalMark? {
        guard let mark = parts.journalMarks.newest, mark.first == held.lowerBound,
            held.contains(mark.offset),
            let commit = try await parts.log.commit(endingAt: mark.position)
        else { return nil }
        let records = try await parts.bus.records(
            in: journal, from: mark.offset, recordsMax: 1, wait: .zero)
        guard let record = records.first, record.offset == mark.offset,
            record.record.value == commit.encoded()
        else { return nil }
        return mark
    }

    private func warn(of found: Journal.Comparison) {
        guard found.foreign > 0 else { return }
        let isFirst = shared.withLock { shared in
            defer { shared.hasWarned = true }
            return !shared.hasWarned
        }
        guard isFirst else { return }
        parts.logger.warning(
            """
            the journal holds records that are not of this log; they are passed over, and no \
            money moves: find out who else writes to the topic
            """, metadata: ["topic": "\(journal)", "records": "\(found.foreign)"])
    }
}

/// The journal's new records did not land directly behind those before them.
private struct PublishedElsewhere: Error, CustomStringConvertible {
    let journal: String
    /// How far the journal was known to be whole.
    let published: Position
    let expected: Int64
    let found: Int64?

    var description: String {
        """
        \(journal) has another history: its newest record has offset \(found ?? -1) instead of \
        \(expected); it is compared with the log again
        """
    }
}
