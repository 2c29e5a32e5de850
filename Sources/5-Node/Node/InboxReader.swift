import Chain
import Engine
import EventLog
import Links
import Logging
import MessageBus
import Saga
import Wire

/// Brings the records of one peer's topic to the engine, from the cursor that the log remembers: no
/// consumer group, no offset commit, so effect and offset are one commit.
///
/// Each peer has a reader: one whose topic is missing or cannot be read holds no other up.
struct InboxReader<P: WireParticipant>: Sendable {
    /// What is decoded before it is handed in.
    private static var bytesAtOnce: Int { 256 * 1024 }

    private let parts: Node<P>.Parts
    private let peer: NodeName
    private let topic: String
    private let queue: InputQueue<P>
    private let start: Int64
    private let history: OwnHistory
    private let health: Health
    private let reconnected: @Sendable () -> Void

    /// - Parameter reconnected: Called when reading resumes after a broker could not be reached.
    init(
        of peer: NodeName, _ parts: Node<P>.Parts, _ openedLog: OpenedLog<P>, queue: InputQueue<P>,
        _ history: OwnHistory, _ health: Health,
        reconnected: @escaping @Sendable () -> Void
    ) {
        self.parts = parts
        self.reconnected = reconnected
        self.queue = queue
        self.peer = peer
        self.history = history
        self.health = health
        start = openedLog.inboxes[peer] ?? -1
        topic = Topic.transfers(from: peer, to: parts.configuration.node).name
    }

    /// Runs until the task is cancelled or the queue is closed. A bus that fails is tried again;
    /// nothing is decided by that.
    func run() async {
        // Of the newest record that was handed in.
        var offset = start
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "a peer's topic cannot be read; retrying",
            recovered: "a peer's topic is read again")
        var lostBroker = false
        var lookUps = LookUps()
        while !Task.isCancelled {
            do {
                offset = try await place(behind: offset)
                guard try await read(behind: &offset, &retrier, &lostBroker, &lookUps) else {
                    return
                }
            } catch {
                guard !error.isClosing else { return }
                lostBroker = lostBroker || (error as? BusError)?.code == .unavailable
                health.raise(.inboxFailing, of: peer, "\(error)")
                do { try await retrier.pause(after: error, ["peer": "\(peer)"]) } catch { return }
            }
        }
    }

    /// - Returns: `false` if the queue was closed, or the task was cancelled.
    private func read(
        behind offset: inout Int64, _ retrier: inout Retrier, _ lostBroker: inout Bool,
        _ lookUps: inout LookUps
    ) async throws -> Bool {
        while !Task.isCancelled {
            // Behind a failure the first read shows at once whether it is over.
            let wait = retrier.failingSince == nil ? parts.settings.inboxWait : .zero
            let records = try await parts.bus.records(
                in: topic, from: offset + 1, recordsMax: parts.settings.inboxRecordsMax,
                wait: wait)
            if lostBroker { reconnected() }
            lostBroker = false
            retrier.succeed()
            health.clear(.inboxFailing, of: peer)
            guard !records.isEmpty else { continue }
            parts.reach(.inboxRead)
            guard try await handIn(records, behind: &offset, &lookUps) else { return false }
        }
        return true
    }

    /// Hands records in, a few at a time: a topic's writer decides how many there are.
    ///
    /// - Returns: `false` if the queue was closed, or the task was cancelled.
    private func handIn(
        _ records: [DeliveredRecord], behind offset: inout Int64, _ lookUps: inout LookUps
    ) async throws(LogError) -> Bool {
        var part: [Input<P>] = []
        var byteCount = 0
        for (index, record) in records.enumerated() {
            // Each may have to wait for the log.
            guard !Task.isCancelled else { return false }
            if let delivery = try await delivery(of: record, &lookUps) {
                part.append(.deliver(delivery))
                byteCount += delivery.byteCount
            }
            guard byteCount >= Self.bytesAtOnce || index == records.count - 1 else { continue }
            guard await queue.put(part, from: peer) else { return false }
            offset = record.offset
            (part, byteCount) = ([], 0)
        }
        return true
    }

    /// What is longer than any excerpt is not decoded.
    ///
    /// - Returns: `nil` where the record is passed over, as if the topic had lost it: whether the
    ///   log has what its `read` names is not known, and must not be taken for a no.
    private func delivery(
        of record: DeliveredRecord, _ lookUps: inout LookUps
    ) async throws(LogError) -> Delivery? {
        let value = record.record.value
        var excerpt: Excerpt?
        if value.count <= Excerpt.bytesMaxOfOneEntry { excerpt = try? Excerpt(decoding: value) }
        var holds = true
        if let name = excerpt.flatMap({ evidence(in: $0) }) {
            guard let answer = try await history.holds(name, &lookUps) else { return nil }
            holds = answer
        }
        return Delivery(
            from: peer, offset: record.offset, excerpt: excerpt, byteCount: value.count,
            holds: holds)
    }

    /// The commit of this log that an excerpt names and on which something depends: the link looks
    /// at no other node's, and takes a `read` alone for no evidence.
    private func evidence(in excerpt: Excerpt) -> HeaderName? {
        guard excerpt.newest.header.node == peer, excerpt.receiver == parts.configuration.node,
            !excerpt.numbers.isEmpty
        else { return nil }
        return excerpt.read?.read.header
    }

    /// Where to read on: behind the cursor, where the topic still has that place, else from its
    /// first record. What was read before is passed over by its numbers, and what was missed the
    /// peer shows again.
    private func place(behind offset: Int64) async throws(BusError) -> Int64 {
        let held = try await parts.bus.offsets(of: topic)
        if offset < 0 { return held.lowerBound - 1 }
        guard offset + 1 < held.lowerBound || offset >= held.upperBound else { return offset }
        note(offset, held)
        return held.lowerBound - 1
    }

    /// Logs why the topic is read from its first record. Offsets that continue belong to the same
    /// topic, whose oldest records have expired; a topic that was made again begins at 0.
    private func note(_ offset: Int64, _ held: Range<Int64>) {
        let lost = held.lowerBound - offset - 1
        guard lost > 0 else {
            return parts.logger.warning(
                "a peer's topic has another history; reading it from its beginning",
                metadata: ["topic": "\(topic)", "offset": "\(offset)", "held": "\(held)"])
        }
        parts.logger.warning(
            """
            retention removed records of a peer's topic before they were read; no money is lost, \
            the peer shows them again
            """,
            metadata: [
                "records": "\(lost)", "topic": "\(topic)", "offset": "\(offset)",
                "held": "\(held)",
            ])
    }
}

extension Error {
    /// The bus or the log was closed by its owner: there is nothing to try again.
    fileprivate var isClosing: Bool {
        switch self {
        case let error as BusError: error.code == .closed
        case let error as LogError: error.code == .closed
        default: false
        }
    }
}
