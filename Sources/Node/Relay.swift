import Engine
import EventLog
import Logging
import MessageBus
import Saga
import Synchronization
import Wire

/// Publishes what became durable, in the log's order: of each group of commits first the journal
/// records and, when those are acknowledged, the messages. So no peer knows of a commit that the
/// journal lacks.
///
/// Its cursor is the journal's own end; whatever was published but not acknowledged is published
/// again after a failure.
final class Relay<P: WireParticipant>: Sendable {
    private struct Mailbox {
        var commits: [Outgoing] = []
        /// Questions and answers that follow from no entry: losing one does no harm.
        var messages: [Message] = []
        var isDraining = false
        /// The journal may not be what it was.
        var isUnsure = false
    }

    private struct Cursor {
        var published: Position
        var sent: Position
        /// Where the next record of the journal has to stand.
        var journalEnd: Int64
        /// What was read of the log and not published yet.
        var ahead: ArraySlice<Commit> = []
        /// The newest header of each peer's that the log holds there.
        var echoes: [NodeName: SignedHeader] = [:]
    }

    private static var messagesWaitingMax: Int { 20_000 }
    private static var entriesReadMax: Int { 5_000 }

    private let parts: Node<P>.Parts
    private let opening: Opening<P>
    private let durable: Durable
    private let journal: String
    private let envelope: Envelope
    private let mailbox = Mutex(Mailbox())
    private let (signals, signal) = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let (ends, end) = AsyncStream.makeStream(of: Void.self)

    init(_ parts: Node<P>.Parts, _ opening: Opening<P>, _ durable: Durable) {
        self.parts = parts
        self.opening = opening
        self.durable = durable
        journal = Topic.journal(of: parts.configuration.node).name
        envelope = Envelope(node: parts.configuration.node, secrets: parts.secrets)
        signal.yield()
    }

    /// Takes a durable commit in. What the mailbox has no room for is read from the log later.
    func take(_ outgoing: Outgoing) {
        mailbox.withLock { mailbox in
            if mailbox.commits.count >= parts.settings.relayCommitsWaitingMax {
                mailbox.commits = []
            }
            mailbox.commits.append(outgoing)
        }
        signal.yield()
    }

    func take(_ message: Message) {
        mailbox.withLock { mailbox in
            if mailbox.messages.count < Self.messagesWaitingMax { mailbox.messages.append(message) }
        }
        signal.yield()
    }

    /// Looks for the journal's end again: where the bus failed those who read, it may have lost the
    /// journal, and a relay that has nothing to publish would not notice.
    func lookAgain() {
        mailbox.withLock { $0.isUnsure = true }
        signal.yield()
    }

    /// Runs until it is drained or its task is cancelled. A bus that fails is tried again from the
    /// journal's end.
    func run() async {
        defer { end.finish() }
        var pause = parts.settings.restartPauseFirst
        while !Task.isCancelled {
            do {
                mailbox.withLock { $0.isUnsure = false }
                var cursor = try await findCursor()
                pause = parts.settings.restartPauseFirst
                try await fillJournal(from: &cursor)
                for await _ in signals {
                    if mailbox.withLock({ $0.isUnsure }) {
                        signal.yield()
                        break
                    }
                    // Asked before: what was released until then is published once more.
                    let isLast = mailbox.withLock { $0.isDraining }
                    try await publishAll(from: &cursor)
                    if isLast { return }
                }
            } catch {
                parts.logger.warning(
                    "publishing failed; trying again", metadata: ["error": "\(error)"])
                do { try await parts.clock.sleep(pause) } catch { return }
                pause = min(pause * 2, parts.settings.restartPauseMax)
                signal.yield()
            }
        }
    }

    /// Publishes what is left, for as long as `time` allows. The rest is published after the next
    /// start.
    func drain(for time: Duration) async {
        mailbox.withLock { $0.isDraining = true }
        signal.yield()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in self.ends {} }
            group.addTask { try? await self.parts.clock.sleep(time) }
            await group.next()
            group.cancelAll()
        }
    }

    /// After the journal was emptied: its records are published again, but no message that was
    /// sent before. Whoever still waits for one asks.
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
            cursor.published = last
        }
    }

    /// What waits in the mailbox is taken first and sent last: an answer rests on commits that were
    /// durable before it, and no peer may know of one that the journal lacks.
    private func publishAll(from cursor: inout Cursor) async throws {
        let messages = mailbox.withLock { mailbox in
            defer { mailbox.messages = [] }
            return mailbox.messages
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
            for (peer, header) in group.flatMap(\.witnessed) { cursor.echoes[peer] = header }
            try await send(group.flatMap(\.messages), group.last, cursor.echoes)
            cursor.sent = last
            parts.reach(.sent)
            parts.measure(.published(upTo: last))
        }
        // Cancelled, the commits that the messages rest on may not be in the journal yet.
        try Task.checkCancellation()
        try await send(messages, nil, [:])
    }

    /// A broker that has lost the journal's end, or all of it, may not say so: then the records
    /// come to stand elsewhere than behind those before them.
    private func publishJournal(_ commits: [Commit], from cursor: inout Cursor) async throws {
        let records = commits.flatMap { Journal.records(of: $0, after: cursor.published) }
        let last = try await publish(records, to: journal)
        cursor.journalEnd += Int64(records.count)
        if let last, last != cursor.journalEnd - 1 {
            throw BusError(
                .unavailable,
                "\(journal) has another history: its newest record has offset \(last) instead of "
                    + "\(cursor.journalEnd - 1)")
        }
    }

    /// The next commits that are published at once: handed over, or read from the log where the
    /// mailbox does not go on where the cursor stands. What is read is far more than that: kept, or
    /// a relay that is far behind would read its log as often as there are groups in a reading.
    private func nextGroup(after cursor: inout Cursor) async throws -> [Outgoing] {
        let commitsMax = parts.settings.relayCommitsMax
        let sent = cursor.sent
        let handed = mailbox.withLock { mailbox in
            mailbox.commits.removeAll { $0.commit.header.last <= sent }
            guard mailbox.commits.first?.commit.header.first == sent + 1 else {
                return [] as [Outgoing]
            }
            return Array(mailbox.commits.prefix(commitsMax))
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
        return try group.map { try Outgoing($0, for: P.self) }
    }

    /// Publishes messages to their receivers, behind a witness of what the log says by now: a
    /// receiver who does not believe it must not act on them.
    ///
    /// - Parameter newest: The commit that the messages follow from; repetitions follow from none,
    ///   and bring no witness: two idle banks would answer each other for ever.
    private func send(
        _ messages: [Message], _ newest: Outgoing?, _ echoes: [NodeName: SignedHeader]
    ) async throws {
        var order: [NodeName] = []
        var records: [NodeName: [Record]] = [:]
        for message in messages {
            guard let record = envelope.seal(message) else {
                // Its holder asks again once the peer is back in the configuration.
                parts.logger.warning(
                    "no secret is shared with the receiver of a message",
                    metadata: ["peer": "\(message.receiver)", "saga": "\(message.step.saga)"])
                continue
            }
            if records[message.receiver] == nil { order.append(message.receiver) }
            records[message.receiver, default: []].append(record)
        }
        for receiver in order {
            let witness = newest.flatMap { envelope.seal($0, for: receiver, echoes[receiver]) }
            try await publish(
                (witness.map { [$0] } ?? []) + (records[receiver] ?? []),
                to: Topic.transfers(of: receiver).name)
        }
    }

    @discardableResult
    private func publish(_ records: [Record], to topic: String) async throws -> Int64? {
        guard !records.isEmpty else { return nil }
        return try await parts.bus.publish(records, to: topic)
    }

    /// The journal's end is the relay's cursor. The messages of the commits that were published
    /// last may not have been sent, so they are sent again.
    private func findCursor() async throws -> Cursor {
        let held = try await parts.bus.offsets(of: journal)
        let start = max(held.lowerBound, held.upperBound - parts.settings.journalTail)
        var newest: [DeliveredRecord] = []
        try await parts.bus.read(journal, from: start, to: held.upperBound) { newest.append($0) }
        let end = try Journal.End(
            newest: newest, isWhole: start == held.lowerBound,
            commits: parts.settings.relayCommitsMax,
            generation: opening.generation)
        let head = opening.head.position
        let echoes = opening.peers.mapValues(\.newest.signed)
        // The first entry of a new log is not published yet when it starts.
        if end.published == .start, head > .start + 1 {
            parts.logger.error(
                "the journal is empty or begins with a gap; publishing the whole log again")
            return Cursor(
                published: .start, sent: head, journalEnd: held.upperBound, echoes: echoes)
        }
        parts.measure(.published(upTo: end.sent))
        return Cursor(
            published: end.published, sent: end.sent, journalEnd: held.upperBound, echoes: echoes)
    }
}

extension Envelope {
    fileprivate func seal(
        _ newest: Outgoing, for receiver: NodeName, _ echo: SignedHeader?
    ) -> Record? {
        let commit = newest.commit
        return seal(
            Witness(
                from: commit.header.node, to: receiver,
                newest: .init(bytes: commit.headerBytes, signature: commit.signature),
                echo: echo))
    }
}
