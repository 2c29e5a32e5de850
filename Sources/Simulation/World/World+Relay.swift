import Engine
import EventLog
import MessageBus
import Saga
import Wire

// A node's relay, one effect at a time.
extension World {
    private static let pause: Int64 = 100_000

    func relaySoon(_ node: SimulatedNode, _ session: Session, after delay: Int64? = nil) {
        guard !session.isRelaying else { return }
        session.isRelaying = true
        schedule.add(
            .relay(node: node.index, life: node.life),
            after: delay ?? dice.number(500...6_000))
    }

    func relay(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        session.isRelaying = false
        if session.relay.cursor != nil, session.relay.generation != bus.generation {
            session.relay.startOver()
            return relaySoon(node, session, after: Self.pause)
        }
        guard let cursor = session.relay.cursor else {
            try findCursor(node, session)
            return relaySoon(node, session)
        }
        let isDone =
            if !session.relay.sending.isEmpty {
                try sendNext(node, session)
            } else if cursor.published < cursor.sent {
                try fillJournal(cursor, node, session)
            } else {
                try publishNext(cursor, node, session)
            }
        if !isDone { relaySoon(node, session) }
    }

    /// The journal's end is the cursor.
    private func findCursor(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        let newest = bus.newest(SimulatedRelay.journalRecordsRead, inJournalOf: node.index)
        do throws(WireError) {
            let end = try Journal.End(newest: newest, commits: SimulatedRelay.commitsMax)
            let head = session.relay.head
            if mutation == .relayStartsAtHead {
                session.relay.cursor = .init(published: head, sent: head)
            } else if end.published == .start, head != .start {
                let isRefilled = mutation != .journalNotRefilled
                session.relay.cursor = .init(published: isRefilled ? .start : head, sent: head)
            } else {
                session.relay.cursor = .init(published: end.published, sent: end.sent)
            }
        } catch {
            throw Violation("JournalEqualsLog", "\(node.name)'s journal cannot be read: \(error)")
        }
        session.relay.generation = bus.generation
    }

    /// After the journal was emptied: its records again, but no message that was sent before.
    private func fillJournal(
        _ cursor: SimulatedRelay.Cursor, _ node: SimulatedNode, _ session: Session
    ) throws(Violation) -> Bool {
        let commits = node.log.commits(after: cursor.published, entriesMax: 64)
        guard let last = commits.last?.header.last else {
            // The opening head is durable, so the log holds what the journal lacks.
            throw Violation("JournalEqualsLog", "\(node.name)'s log is behind its relay")
        }
        let records = commits.flatMap { Journal.records(of: $0, after: cursor.published) }
        if try publish(records, node) {
            session.relay.cursor?.published = last
        } else {
            session.relay.startOver()
        }
        return false
    }

    /// - Returns: Whether there is nothing more to do.
    private func publishNext(
        _ cursor: SimulatedRelay.Cursor, _ node: SimulatedNode, _ session: Session
    ) throws(Violation) -> Bool {
        let group = try nextGroup(after: cursor.sent, node, session)
        guard let last = group.last?.commit.header.last else {
            guard !session.relay.letters.isEmpty else { return true }
            session.relay.sending = SimulatedRelay.byReceiver(session.relay.letters)
            session.relay.sendingUpTo = cursor.sent
            session.relay.letters = []
            return false
        }
        let letters = group.flatMap { outgoing in
            outgoing.messages.map {
                SimulatedRelay.Letter(message: $0, restsOn: outgoing.commit.header.last)
            }
        }
        if mutation == .messagesBeforeJournal { _ = try publish(letters, node) }
        let records = group.flatMap { Journal.records(of: $0.commit, after: cursor.published) }
        guard try publish(records, node) else {
            session.relay.startOver()
            return false
        }
        session.relay.cursor?.published = max(cursor.published, last)
        session.relay.sending = SimulatedRelay.byReceiver(letters)
        session.relay.sendingUpTo = last
        if letters.isEmpty { try sent(node, session) }
        return false
    }

    /// The next commits that are published at once: handed over, or read from the log where what
    /// was handed over does not go on where the cursor stands.
    private func nextGroup(
        after sent: Position, _ node: SimulatedNode, _ session: Session
    ) throws(Violation) -> [Outgoing] {
        session.relay.commits.removeAll { $0.commit.header.last <= sent }
        if session.relay.commits.first?.commit.header.first == sent + 1 {
            return Array(session.relay.commits.prefix(SimulatedRelay.commitsMax))
        }
        do throws(WireError) {
            var group: [Outgoing] = []
            for commit in node.log.commits(after: sent, entriesMax: 64)
                .prefix(SimulatedRelay.commitsMax)
            {
                group.append(try Outgoing(commit, for: Bank.self))
            }
            return group
        } catch {
            throw Violation("DenseLog", "\(node.name)'s log cannot be read: \(error)")
        }
    }

    private func sendNext(_ node: SimulatedNode, _ session: Session) throws(Violation) -> Bool {
        guard try publish(session.relay.sending.removeFirst(), node) else {
            session.relay.startOver()
            return false
        }
        if session.relay.sending.isEmpty { try sent(node, session) }
        return false
    }

    private func sent(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        let position = session.relay.sendingUpTo
        session.relay.cursor?.sent = position
        try observe(.sent(node: node.index, upTo: position))
    }

    /// How many of `count` records a publication brings to the broker, and whether it says so.
    private func publication(of count: Int) -> (published: Int, isAcknowledged: Bool) {
        guard dice.chance(faults.publicationFailed) else { return (count, true) }
        counts.publicationsFailed += 1
        return (dice.index(below: count + 1), mutation == .failedPublicationSkipped)
    }

    private func publish(_ records: [Record], _ node: SimulatedNode) throws(Violation) -> Bool {
        let (count, isAcknowledged) = publication(of: records.count)
        for record in records.prefix(count) {
            bus.put(record, inJournalOf: node.index)
            try observe(.journaled(node: node.index, record))
        }
        return isAcknowledged
    }

    private func publish(
        _ letters: [SimulatedRelay.Letter], _ node: SimulatedNode
    ) throws(Violation) -> Bool {
        let (count, isAcknowledged) = publication(of: letters.count)
        for letter in letters.prefix(count) {
            guard let receiver = truth.index(of: letter.message.receiver),
                let record = node.envelope.seal(letter.message)
            else { continue }
            counts.messages += 1
            try observe(.spoke(node: node.index, letter.message, restsOn: letter.restsOn))
            post(record, to: receiver)
        }
        return isAcknowledged
    }

    /// What becomes of a message on its way.
    private func post(_ record: Record, to node: Int) {
        if dice.chance(faults.messageDoubled) {
            counts.doubled += 1
            delay(record, to: node)
        }
        if dice.chance(faults.messageLost) {
            counts.lost += 1
        } else if dice.chance(faults.messageDelayed) {
            counts.delayed += 1
            delay(record, to: node)
        } else {
            arrive(record, at: node)
        }
    }

    private func delay(_ record: Record, to node: Int) {
        inTransit += 1
        schedule.add(.arrive(record, node: node), after: dice.number(10_000...6_000_000))
    }
}
