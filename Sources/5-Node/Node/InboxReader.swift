import Chain
import Engine
import Logging
import MessageBus
import PeerProtocol
import Saga
import Wire

/// Brings the records of one peer's topic to the engine, from the cursor that the log remembers: no
/// consumer group, no offset commit, so effect and offset are one commit.
///
/// Each peer has a reader: one whose topic is missing or cannot be read holds no other up.
struct InboxReader<P: WireParticipant>: Sendable {
    private let parts: Node<P>.Parts
    private let peer: NodeName
    private let topic: String
    private let envelope: Envelope
    private let queue: InputQueue<P>
    private let start: InboxCursor
    private let peerClocks: PeerClocks
    private let opened: Timestamp
    private let health: Health
    private let reconnected: @Sendable () -> Void

    /// - Parameter reconnected: Called when reading resumes after a broker could not be reached.
    init(
        of peer: NodeName, _ parts: Node<P>.Parts, _ openedLog: OpenedLog<P>, queue: InputQueue<P>,
        _ peerClocks: PeerClocks, _ health: Health,
        reconnected: @escaping @Sendable () -> Void
    ) {
        self.parts = parts
        self.reconnected = reconnected
        self.queue = queue
        self.peer = peer
        start = openedLog.inboxes[peer] ?? .start
        self.peerClocks = peerClocks
        self.health = health
        opened = openedLog.time
        topic = Topic.transfers(from: peer, to: parts.configuration.node).name
        envelope = Envelope(
            node: parts.configuration.node, secrets: parts.secrets, keys: parts.peerKeys)
    }

    /// Runs until the task is cancelled or the queue is closed. A bus that fails is tried again;
    /// nothing is decided by that.
    func run() async {
        var cursor = start
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "a peer's topic cannot be read; retrying",
            recovered: "a peer's topic is read again")
        var lostBroker = false
        while !Task.isCancelled {
            do throws(BusError) {
                guard let checked = try await check(cursor) else { return }
                cursor = checked
                guard try await read(from: &cursor, &retrier, &lostBroker) else { return }
            } catch {
                guard error.code != .closed else { return }
                lostBroker = lostBroker || error.code == .unavailable
                health.raise(.inboxFailing, of: peer, "\(error)")
                do { try await retrier.pause(after: error, ["peer": "\(peer)"]) } catch { return }
            }
        }
    }

    /// - Returns: `false` if the queue was closed.
    private func read(
        from cursor: inout InboxCursor, _ retrier: inout Retrier, _ lostBroker: inout Bool
    ) async throws(BusError) -> Bool {
        while !Task.isCancelled {
            // Behind a failure the first read shows at once whether it is over.
            let wait = retrier.failingSince == nil ? parts.settings.inboxWait : .zero
            let records = try await parts.bus.records(
                in: topic, from: cursor.offset + 1, recordsMax: parts.settings.inboxRecordsMax,
                wait: wait)
            if lostBroker { reconnected() }
            lostBroker = false
            retrier.succeed()
            health.clear(.inboxFailing, of: peer)
            guard let last = records.last else { continue }
            parts.reach(.inboxRead)
            let deliveries = records.map { envelope.verify($0, from: peer, for: P.self) }
            deliveries.forEach(compareClocks)
            guard await queue.put(deliveries.map { .deliver($0) }) else { return false }
            cursor = InboxCursor(
                incarnation: cursor.incarnation, offset: last.offset,
                recordHash: Envelope.hash(of: last.record))
        }
        return true
    }

    /// Peers' times warn; only where most peers agree against this node is that its own clock's
    /// fault.
    private func compareClocks(_ delivery: Delivery<P>) {
        guard case .witness(let peer, let header) = delivery.reading else { return }
        let echoed = Envelope.echoedTime(in: delivery.value).flatMap { $0 > opened ? $0 : nil }
        let time = header.header.time
        guard
            let verdict = peerClocks.note(
                peer, time: time, echoed: echoed, now: parts.clock.now())
        else { return }
        let metadata: Logger.Metadata = ["peer": "\(peer)", "peerTime": "\(time.milliseconds)"]
        switch verdict {
        case .agrees:
            parts.logger.notice("a peer's clock agrees again", metadata: metadata)
        case .ahead:
            parts.logger.warning(
                "this node's clock is ahead of a peer's by minutes", metadata: metadata)
        case .behind:
            parts.logger.warning(
                "this node's clock is behind a peer's by minutes", metadata: metadata)
        }
    }

    /// Makes sure that the topic is still the one the cursor stands in, by reading the record at
    /// the cursor again.
    ///
    /// - Returns: The cursor to continue from; `nil` if the queue was closed.
    private func check(_ cursor: InboxCursor) async throws(BusError) -> InboxCursor? {
        let held = try await parts.bus.offsets(of: topic)
        if cursor.offset < 0 {
            return InboxCursor(
                incarnation: cursor.incarnation, offset: held.lowerBound - 1, recordHash: .zero)
        }
        if held.contains(cursor.offset) {
            let records = try await parts.bus.records(
                in: topic, from: cursor.offset, recordsMax: 1, wait: .zero)
            if let record = records.first, record.offset == cursor.offset,
                Envelope.hash(of: record.record) == cursor.recordHash
            {
                return cursor
            }
        }
        note(cursor, held)
        // Nothing was read in this incarnation, so there is no history to tell from another.
        let isUnread = cursor.recordHash == .zero && held.lowerBound > cursor.offset
        if !isUnread {
            guard await queue.put([.restartInbox(of: peer)]) else { return nil }
        }
        return InboxCursor(
            incarnation: cursor.incarnation + (isUnread ? 0 : 1), offset: held.lowerBound - 1,
            recordHash: .zero)
    }

    /// Logs why the topic is read from its beginning. Offsets that continue belong to the same
    /// topic, whose oldest records have expired; a topic that was made again begins at 0.
    private func note(_ cursor: InboxCursor, _ held: Range<Int64>) {
        let lost = held.lowerBound - cursor.offset - 1
        guard lost >= 0 else {
            return parts.logger.warning(
                "a peer's topic has another history; reading it from its beginning",
                metadata: ["topic": "\(topic)", "offset": "\(cursor.offset)", "held": "\(held)"])
        }
        guard lost > 0 else {
            return parts.logger.debug(
                "the newest record that was read of a peer's topic has expired; reading on",
                metadata: ["topic": "\(topic)", "offset": "\(cursor.offset)", "held": "\(held)"])
        }
        parts.logger.warning(
            """
            retention removed records of a peer's topic before they were read; no money is lost, \
            the peer retries
            """,
            metadata: [
                "records": "\(lost)", "topic": "\(topic)", "offset": "\(cursor.offset)",
                "held": "\(held)",
            ])
    }
}
