import Chain
import Engine
import EventLog
import JournalReader
import Links
import Logging
import MessageBus
import Saga
import Synchronization
import Wire

/// Publishes what became durable to the journal, in the log's order, and hands each commit that the
/// journal has to a ``PeerRelay`` for each peer. So no peer knows of a commit that the journal
/// lacks.
///
/// Its cursor is how far the journal holds the log whole, record by record as the log says it;
/// whatever was published but not acknowledged is published again after a failure.
final class OutboxRelay<P: WireParticipant>: Sendable {
    private struct Shared {
        var commits: [Commit] = []
        var isDraining = false
        /// The journal may not be what it was.
        var isUnsure = false
        /// That others write to the journal was said.
        var hasWarned = false
    }

    private struct Cursor {
        var published = Position.start
        /// Commits up to here are known to the relays of the peers.
        var handed: Position
        /// The first offset that the journal holds, and where its next record has to stand.
        var held: Range<Int64> = 0..<0
        /// What was read of the log and not published yet.
        var ahead: ArraySlice<Commit> = []
    }

    /// At once, of the log and of the journal: few enough for the memory they take.
    private static var entriesReadMax: Int { 500 }
    private static var commitsReadMax: Int { 50 }
    /// Bodies of commits that wait in memory; beyond it they are read from the log.
    private static var waitingBytesMax: Int { 16 << 20 }

    private let parts: Node<P>.Parts
    private let openedLog: OpenedLog<P>
    private let durable: DurableWatermark
    private let history: OwnHistory
    private let clocks: PeerClocks
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
        _ history: OwnHistory, _ clocks: PeerClocks, _ health: Health
    ) {
        self.parts = parts
        self.openedLog = openedLog
        self.durable = durable
        self.history = history
        self.clocks = clocks
        progress = PublishingProgress(health)
        journal = Topic.journal(of: parts.configuration.node).name
        peers = parts.configuration.peers.sorted().map { peer in
            (peer, PeerRelay(to: peer, parts, openedLog, history, health))
        }
        signal.yield()
    }

    /// Takes a durable commit in. What there is no room for is read from the log later.
    func take(_ commit: Commit) {
        shared.withLock { shared in
            let bytes = shared.commits.reduce(0) { $0 + $1.body.count }
            if shared.commits.count >= parts.settings.relayCommitsWaitingMax
                || bytes >= Self.waitingBytesMax
            {
                shared.commits = []
            }
            shared.commits.append(commit)
        }
        progress.noteDurable(commit.header.last)
        signal.yield()
    }

    /// The relay of a peer; `nil` for one that is not in the configuration.
    func relay(to peer: NodeName) -> PeerRelay<P>? { peers.first { $0.name == peer }?.relay }

    /// Lets the relays whose time has come look at what they have to show.
    func passTime() {
        let now = parts.clock.sinceBoot()
        for peer in peers { peer.relay.passTime(now) }
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
        // What the log held when it was opened, the relays know from its state.
        var cursor = Cursor(handed: openedLog.end.head.position)
        while !Task.isCancelled {
            do {
                shared.withLock { $0.isUnsure = false }
                try await find(&cursor)
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

    /// Publishes what the journal lacks of the commits that relays know already: after it was
    /// emptied, and at the start of a session.
    ///
    /// What comes after those is left to ``publishAll(from:)``.
    private func fillJournal(from cursor: inout Cursor) async throws {
        while cursor.published < cursor.handed, !Task.isCancelled {
            let commits = try await parts.log.commits(
                after: cursor.published, entriesMax: Self.entriesReadMax
            ).prefix { $0.header.last <= cursor.handed }
            guard let last = commits.last else { return }
            try await publish(Array(commits), from: &cursor)
            noteJournalled(last)
        }
    }

    /// Publishes groups of commits, and hands each over that the journal then has.
    private func publishAll(from cursor: inout Cursor) async throws {
        while !Task.isCancelled {
            let group = try await nextGroup(after: &cursor)
            guard !group.isEmpty else { break }
            try await publish(group, from: &cursor)
            for commit in group {
                try handOver(commit)
                cursor.handed = commit.header.last
            }
        }
    }

    /// Makes sure that the journal has a group of commits, which continue what it has.
    private func publish(_ group: [Commit], from cursor: inout Cursor) async throws {
        guard let newest = group.last else { return }
        parts.reach(.publishing)
        // What is read from the log may be durable and not answered yet. Once others know of it,
        // the log must never come back without it.
        durable.note(newest)
        try await publishJournal(group, from: &cursor)
        parts.reach(.journalled)
        cursor.published = max(cursor.published, newest.header.last)
        parts.measure(.published(upTo: cursor.published))
        progress.succeed(upTo: cursor.published)
    }

    /// Hands a commit to the relays, behind the history that its proofs are made of.
    private func handOver(_ commit: Commit) throws(WireError) {
        var shown: [NodeName: [ShownEntry]] = [:]
        for entry in commit.entries where !entry.parts.shown.isEmpty {
            guard let peer = try ShownFrame(entry.parts.shown).addressee?.peer else { continue }
            shown[peer, default: []].append(try ShownEntry(entry))
        }
        history.append(commit)
        let leaves: [Hash] = shown.isEmpty ? [] : commit.entries.map(MerkleTree.leaf(of:))
        for (peer, relay) in peers {
            let entries = shown.removeValue(forKey: peer) ?? []
            if let first = entries.compactMap(\.says.number).first,
                let last = entries.compactMap(\.says.number).last
            {
                clocks.noteGiven(first...last, to: peer, at: parts.clock.now())
            }
            relay.take(commit, leaves: leaves, entries)
        }
        for peer in shown.keys.sorted() {
            // It is shown them once it is back in the configuration.
            parts.logger.warning(
                "entries are for a node that is no peer any more",
                metadata: ["peer": "\(peer)", "position": "\(commit.header.last)"])
        }
    }

    /// The journal holds everything up to a commit that the relays know already.
    private func noteJournalled(_ commit: Commit) {
        for peer in peers { peer.relay.noteJournalled(commit) }
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
            JournalMark(first: cursor.held.lowerBound, offset: last, position: position))
    }

    /// The next commits that are published at once: handed over, or read from the log where those
    /// handed over do not continue at the cursor. What is read is far more: kept, or a relay that
    /// is far behind would read its log as often as there are groups in a reading.
    private func nextGroup(after cursor: inout Cursor) async throws -> [Commit] {
        let commitsMax = parts.settings.relayCommitsMax
        let end = cursor.handed
        let handed = shared.withLock { shared in
            shared.commits.removeAll { $0.header.last <= end }
            guard shared.commits.first?.header.first == end + 1 else { return [] as [Commit] }
            return Array(shared.commits.prefix(commitsMax))
        }
        guard handed.isEmpty else {
            cursor.ahead = []
            return handed
        }
        if cursor.ahead.first?.header.first != end + 1 {
            cursor.ahead = try await parts.log.commits(
                after: end, entriesMax: Self.entriesReadMax)[...]
        }
        let group = cursor.ahead.prefix(commitsMax)
        cursor.ahead = cursor.ahead.dropFirst(commitsMax)
        return Array(group)
    }

    /// Compares the journal with the log, from where it was last known to be whole.
    private func find(_ cursor: inout Cursor) async throws {
        let held = try await parts.bus.offsets(of: journal)
        let mark = try await validMark(in: held)
        var comparison = Journal.Comparison(after: mark?.position ?? .start)
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
        note(comparison, held, &cursor)
        // Behind those that were handed over, they are handed over with the journal's.
        guard cursor.published <= cursor.handed,
            let commit = try await parts.log.commit(endingAt: cursor.published)
        else { return }
        noteJournalled(commit)
    }

    private func note(
        _ found: Journal.Comparison, _ held: Range<Int64>, _ cursor: inout Cursor
    ) {
        warn(of: found)
        cursor.published = found.published
        cursor.held = held
        cursor.ahead = []
        // The first entries of a new log are not published yet when it starts.
        if found.published == .start, openedLog.end.history.count > 2 {
            parts.logger.error(
                "the journal does not hold this log from its first entry; publishing all of it")
        } else {
            parts.measure(.published(upTo: found.published))
        }
        if found.published < cursor.handed { progress.noteDurable(cursor.handed) }
        guard let offset = found.offset else { return }
        parts.journalMarks.note(
            JournalMark(first: held.lowerBound, offset: offset, position: found.published))
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
