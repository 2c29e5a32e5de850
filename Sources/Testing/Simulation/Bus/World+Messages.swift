import Chain
import Engine
import Links
import MessageBus
import Node
import Saga
import Wire

// What becomes of records on their way to the broker and back.
extension World {
    /// Brings a record to a topic; one for a peer may be lost, doubled or delayed on its way.
    func post(_ record: Record, to topic: String, from process: Process<S>) {
        guard process.isAlive else { return }
        counts.published += 1
        let sender = process.site.index
        guard topic != Topic.journal(of: process.site.name).name else {
            observe(.journaled(node: sender, process: process.number, record))
            if let journaled = try? Commit(encoded: record.value) {
                process.site.journaledUpTo = max(
                    process.site.journaledUpTo, journaled.header.last)
            }
            mayIntrude(before: record, of: process.site)
            return arrive(record, at: topic)
        }
        counts.messages += 1
        guard let excerpt = try? Excerpt(decoding: record.value) else {
            return fail(
                Violation("NothingAheadOfDisk", "\(process.site.name) shows what is no excerpt"))
        }
        observe(.shown(node: sender, excerpt))
        if excerpt.receiver != hostile.name {
            newestShown = (process.site.name, timeline.now)
        }
        overhear(record, on: topic)
        mayIntrude(before: record, on: topic)
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
        guard process.isAlive, let peer = process.site.inboxes[topic] else { return }
        counts.delivered += records.count
        if let last = records.last { process.handed[peer] = (last.offset, broker.histories) }
    }
}
