import Engine
import EventLog
import MessageBus
import Node
import Saga
import Wire

// What becomes of records on their way to the broker and back.
extension World {
    /// Brings a record to a topic; a message may be lost, doubled or delayed on its way.
    func post(_ record: Record, to topic: String, from process: Process<S>) {
        guard process.isAlive else { return }
        counts.published += 1
        let sender = process.site.index
        guard topic != Topic.journal(of: process.site.name).name else {
            observe(.journaled(node: sender, record))
            if let journaled = try? JournalRecord(wire: record.value) {
                process.site.journaledUpTo = max(
                    process.site.journaledUpTo, Position(journaled.position))
            }
            return arrive(record, at: topic)
        }
        counts.messages += 1
        let record = dice.chance(faults.reasonUnknown) ? reworded(record, by: process) : record
        if case .step(let message)? = try? PeerMessage(wire: record.value) {
            observe(.spoke(node: sender, message))
        }
        if dice.chance(faults.messageDoubled) {
            counts.doubled += 1
            delay(record, to: topic)
        }
        if dice.chance(faults.messageLost) {
            counts.lost += 1
        } else if dice.chance(faults.messageDelayed) {
            counts.delayed += 1
            delay(record, to: topic)
        } else {
            arrive(record, at: topic)
        }
    }

    /// The same as a newer version might say it: with a reason for no that nobody knows yet.
    private func reworded(_ record: Record, by process: Process<S>) -> Record {
        guard case .step(let message)? = try? PeerMessage(wire: record.value),
            message.kind == .cancel,
            let other = process.site.envelope.seal(
                Message(
                    .cancel, from: message.sender, to: message.receiver, step: message.step,
                    contentHash: message.contentHash, refusal: .unspecified))
        else { return record }
        return other
    }

    private func delay(_ record: Record, to topic: String) {
        guard !dice.chance(faults.messageBelated) else {
            counts.belated += 1
            return belated.append((record, topic))
        }
        inTransit += 1
        plan(after: dice.number(10 * .millisecond...6 * .second)) {
            self.inTransit -= 1
            self.arrive(record, at: topic)
        }
    }

    func arrive(_ record: Record, at topic: String) {
        guard (try? broker.storage.publish([record], to: topic)) != nil else { return }
        broker.wake(readersOf: topic)
    }

    /// A process has been handed records.
    func read(_ records: [DeliveredRecord], from topic: String, by process: Process<S>) {
        let site = process.site
        guard process.isAlive, topic == Topic.transfers(of: site.name).name else { return }
        counts.delivered += records.count
        process.histories = broker.histories
        if let last = records.last { process.handedUpTo = last.offset }
        countCells(records, process)
        for record in records {
            observe(
                .handed(
                    node: site.index, process: process.number, history: broker.histories,
                    offset: record.offset, hash: Envelope.hash(of: record.record)))
        }
    }

    /// Counts the protocol table's cells that the records come to: those of each saga's first
    /// message, and only where nothing else is waiting to be decided or to become durable, since
    /// otherwise the state may be another by the time they are looked at.
    private func countCells(_ records: [DeliveredRecord], _ process: Process<S>) {
        guard process.log?.isIdle == true, process.node?.inputsWaiting == 0 else { return }
        var seen: Set<SagaID> = []
        for record in records {
            guard case .step(let message)? = try? PeerMessage(wire: record.record.value),
                seen.insert(message.step.saga).inserted
            else { continue }
            let known = truth.states[process.site.index].sagas[message.step.saga]
            guard known == nil || known?.contentHash == message.contentHash else { continue }
            coverage.count(
                message.kind, at: known?.step(message.step.number)?.state ?? .unknown)
        }
    }
}
