import Engine
import EventLog
import MessageBus
import Saga
import Wire

// A node's inbox reader, one read at a time.
extension World {
    private static let recordsMax = 8

    func arrive(_ record: Record, at node: Int) {
        bus.put(record, inInboxOf: node)
        if let session = nodes[node].session { readSoon(nodes[node], session) }
    }

    func readSoon(_ node: SimulatedNode, _ session: Session) {
        guard !session.isReading else { return }
        session.isReading = true
        schedule.add(.read(node: node.index, life: node.life), after: dice.number(500...15_000))
    }

    func read(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        session.isReading = false
        if session.inbox.generation != bus.generation { try check(node, session) }
        let topic = bus.inboxes[node.index]
        let first = Int(session.inbox.cursor.offset) + 1
        guard first < topic.count else { return }
        for offset in first..<min(first + Self.recordsMax, topic.count) {
            let delivery: Delivery<Bank> = open(
                DeliveredRecord(offset: Int64(offset), record: topic[offset]), node)
            session.inputs.append(.deliver(delivery))
            session.inbox.cursor = InboxCursor(
                incarnation: session.inbox.cursor.incarnation, offset: delivery.offset,
                recordHash: delivery.recordHash)
            counts.delivered += 1
            try observe(.handed(node: node.index, session.inbox.cursor))
        }
        decideSoon(node, session)
        readSoon(node, session)
    }

    /// Reads the record at the cursor again: another one, or none, and the topic's history has
    /// changed.
    private func check(_ node: SimulatedNode, _ session: Session) throws(Violation) {
        session.inbox.generation = bus.generation
        let cursor = session.inbox.cursor
        if cursor.offset >= 0, !isRecordKnown(at: cursor, bus.inboxes[node.index]) {
            counts.inboxesRestarted += 1
            if mutation == .inboxRestartNotTold {
                session.inbox.cursor = InboxCursor(
                    incarnation: cursor.incarnation, offset: -1, recordHash: .zero)
            } else {
                session.inputs.append(.restartInbox)
                session.inbox.cursor = InboxCursor(
                    incarnation: cursor.incarnation + 1, offset: -1, recordHash: .zero)
                decideSoon(node, session)
            }
        }
        try observe(
            .resumed(node: node.index, session.inbox.cursor, generation: bus.generation))
    }

    private func isRecordKnown(at cursor: InboxCursor, _ topic: [Record]) -> Bool {
        guard topic.indices.contains(Int(cursor.offset)) else { return false }
        return mutation == .inboxCheckedByExistence
            || Envelope.hash(of: topic[Int(cursor.offset)]) == cursor.recordHash
    }

    private func open(_ delivered: DeliveredRecord, _ node: SimulatedNode) -> Delivery<Bank> {
        let delivery: Delivery<Bank> = node.envelope.open(delivered, for: Bank.self)
        guard mutation == .codeNotChecked,
            case .unbelievable(.unauthenticated) = delivery.reading,
            let message = try? Message(wire: delivered.record.value),
            let sender = truth.index(of: message.sender),
            let record = nodes[sender].envelope.seal(message)
        else { return delivery }
        return node.envelope.open(
            DeliveredRecord(offset: delivered.offset, record: record), for: Bank.self)
    }
}
