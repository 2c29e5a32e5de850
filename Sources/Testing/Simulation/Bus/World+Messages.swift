import Chain
import Engine
import MessageBus
import Node
import PeerProtocol
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
            observe(.journaled(node: sender, process: process.number, record))
            if let journaled = try? Commit(encoded: record.value) {
                process.site.journaledUpTo = max(
                    process.site.journaledUpTo, journaled.header.last)
            }
            mayIntrude(before: record, of: process.site)
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

    /// The same as a newer version might say it: with an unknown reason for the rejection.
    private func reworded(_ record: Record, by process: Process<S>) -> Record {
        guard case .step(let message)? = try? PeerMessage(wire: record.value),
            let refusal = message.refusal,
            let secret = process.site.secrets[message.receiver],
            let value = record.value.replacing(Array(refusal.code.utf8))
        else { return record }
        let headers = record.headers.map { header in
            header.name != "giro-mac"
                ? header
                : Record.Header(name: header.name, value: secret.authenticationCode(for: value))
        }
        return Record(key: record.key, headers: headers, value: value)
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
        guard process.isAlive, let peer = site.inboxes[topic] else { return }
        counts.delivered += records.count
        if let last = records.last { process.handed[peer] = (last.offset, broker.histories) }
        hear(records, from: peer, process)
        for record in records {
            observe(
                .handed(
                    node: site.index, process: process.number, peer: peer,
                    history: broker.histories, offset: record.offset,
                    hash: Envelope.hash(of: record.record)))
        }
    }

    /// Looks at the authentic messages that a writer was handed for the first time. What a process
    /// reads before it has the log, or again to see whether the topic is still the same, it does
    /// not act upon.
    private func hear(
        _ records: [DeliveredRecord], from peer: NodeName, _ process: Process<S>
    ) {
        let site = process.site
        guard process.tookOverAt != nil, site.writer === process else { return }
        // Otherwise the state may be another by the time the messages are looked at.
        let isIdle = process.log?.isIdle == true && process.node?.inputsWaiting == 0
        let cursor = truth.states[site.index].inbox(of: peer)
        var seen: Set<SagaID> = []
        for record in records {
            let delivery: Delivery<P> = site.envelope.verify(record, from: peer, for: P.self)
            let isCursor =
                delivery.offset == cursor.offset
                && delivery.recordHash == cursor.recordHash
            guard !isCursor, case .authentic(let message, let content) = delivery.reading else {
                continue
            }
            observe(.heard(node: site.index, message))
            if isIdle, seen.insert(message.step.saga).inserted {
                countCell(message, content, site)
            }
        }
    }

    /// Counts the protocol table's cell that a message reaches: only of each saga's first message,
    /// and from the step's neighbour, since no other gets as far as the table. The answer to a
    /// question that was never asked has no neighbour.
    private func countCell(_ message: Message, _ content: Content<P.Action>?, _ site: Site<S>) {
        let number = message.step.number
        let step = truth.states[site.index][message.step.saga]?.step(number)
        if let content {
            guard number > 0, content.node(at: number) == site.name,
                content.node(at: number - 1) == message.sender
            else { return }
        } else {
            guard step == nil || step?.next == message.sender else { return }
        }
        coverage.count(message.kind, at: step?.state ?? .unknown)
    }
}

extension [UInt8] {
    /// With other bytes, as many, in the place of `known`; `nil` if that is nowhere in it.
    fileprivate func replacing(_ known: [UInt8]) -> [UInt8]? {
        guard !known.isEmpty, known.count <= count,
            let start = (0...(count - known.count)).last(where: {
                self[$0..<($0 + known.count)].elementsEqual(known)
            })
        else { return nil }
        var bytes = self
        for index in start..<(start + known.count) { bytes[index] = UInt8(ascii: "x") }
        return bytes
    }
}
