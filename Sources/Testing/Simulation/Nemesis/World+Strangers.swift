import Chain
import Engine
import EventLog
import JournalReader
import MessageBus
import Saga
import Wire

// The records that an attacker with the right to write, but without any key, puts on a bank's
// journal.
extension World {
    /// Some records, at any moment of the next second.
    func writeToJournal() {
        let site = dice.pick(sites)
        plan(after: dice.number(0...(.second))) {
            for record in self.strangeRecords(for: site) { self.intrude(record, on: site) }
        }
    }

    /// Before a record that the bank itself is publishing: another commit at the same place.
    func mayIntrude(before record: Record, of site: Site<S>) {
        guard dice.chance(faults.stranger / 20) else { return }
        intrude(altered(record), on: site)
    }

    private func intrude(_ record: Record, on site: Site<S>) {
        guard phase <= .working else { return }
        count(\.strangers)
        arrive(record, at: Topic.journal(of: site.name).name)
    }

    private func strangeRecords(for site: Site<S>) -> [Record] {
        let number = Int(dice.number(1...5))
        switch dice.index(below: 6) {
        case 0:
            return (0..<number).map { _ in
                Record(key: [], headers: [], value: dice.hash().bytes)
            }
        case 1: return beyond(site, number)
        case 2: return forged(site, number)
        case 3: return copies(of: site, number)
        case 4: return copies(of: dice.pick(sites), number)
        default: return copies(of: site, number).map { altered($0) }
        }
    }

    /// Commits behind a gap at the end of the log, without a valid signature.
    private func beyond(_ site: Site<S>, _ number: Int) -> [Record] {
        var end = site.disk.log.end
        return (0...number).compactMap { _ in
            guard let commit = forged(site, after: end, entries: Int(dice.number(1...3))) else {
                return nil
            }
            end.advance(over: commit)
            return Journal.record(of: unsigned(commit))
        }.suffix(number)
    }

    /// Commits as the bank itself would continue its log, but for the key.
    private func forged(_ site: Site<S>, _ number: Int) -> [Record] {
        var end = site.disk.log.end
        return (0..<number).compactMap { _ in
            guard let commit = forged(site, after: end, entries: 1) else { return nil }
            end.advance(over: commit)
            return Journal.record(of: commit)
        }
    }

    private func forged(_ site: Site<S>, after end: LogEnd, entries count: Int) -> Commit? {
        guard let newest = site.disk.log.newestCommit,
            let key = SigningKey(rawBytes: Array(repeating: 255, count: 32))
        else { return nil }
        return Commit.signed(
            (0..<count).map { (nil, EntryParts(kept: [UInt8($0)])) }, after: end, node: site.name,
            timeline: newest.header.timeline + dice.pick([0, 7]), time: newest.header.time,
            inboxes: newest.inboxes, key: key)
    }

    private func unsigned(_ commit: Commit) -> Commit {
        let signature = Array(repeating: UInt8(1), count: commit.signature.count)
        do throws(WireError) {
            return try Commit(
                headerBytes: commit.headerBytes, signature: signature, body: commit.body)
        } catch {
            preconditionFailure("a commit with another signature is one by its shape: \(error)")
        }
    }

    /// What stands on a journal, once more.
    private func copies(of site: Site<S>, _ number: Int) -> [Record] {
        let topic = Topic.journal(of: site.name).name
        guard let held = try? broker.storage.offsets(of: topic), !held.isEmpty else { return [] }
        let offset = dice.number(held.lowerBound...(held.upperBound - 1))
        let records = try? broker.storage.records(in: topic, from: offset, recordsMax: number)
        return records?.map(\.record) ?? []
    }

    /// The genuine header and signature over another body of the same length.
    private func altered(_ record: Record) -> Record {
        guard let genuine = try? Commit(encoded: record.value),
            let place = genuine.body.indices.last
        else { return record }
        var value = record.value
        value[value.count - genuine.body.count + place] ^= UInt8(dice.number(1...255))
        return Record(key: [], headers: [], value: value)
    }
}

// What must hold of a journal, whatever others write to it.
extension World {
    /// Whether a journal holds, one behind the other, the records that the log on the disk makes.
    func isJournalWhole(of site: Site<S>) -> Bool {
        var rest = site.disk.log.commits(after: .start, entriesMax: .max)
            .map { Journal.record(of: $0) }[...]
        for delivered in journal(of: site) where delivered.record.value == rest.first?.value {
            rest.removeFirst()
        }
        return rest.isEmpty
    }

    /// In the end each journal holds its log to the byte, and the log can be made of it again.
    func auditJournals() {
        for site in sites {
            guard isJournalWhole(of: site) else {
                return fail(
                    Violation("JournalEqualsLog", "\(site.name)'s journal is not its log"))
            }
            let records = journal(of: site)
            var survey = JournalSurvey(of: site.name, keys: site.keys.ring)
            for record in records { survey.note(record) }
            var reader = JournalReader(survey)
            let commits = records.compactMap { reader.take($0) }
            guard commits == site.disk.log.commits(after: .start, entriesMax: .max) else {
                return fail(
                    Violation(
                        "JournalEqualsLog",
                        "\(site.name)'s journal makes a log that ends at \(reader.end.position)"))
            }
        }
    }

    private func journal(of site: Site<S>) -> [DeliveredRecord] {
        let topic = Topic.journal(of: site.name).name
        guard let held = try? broker.storage.offsets(of: topic), !held.isEmpty else { return [] }
        return
            (try? broker.storage.records(
                in: topic, from: held.lowerBound, recordsMax: Int(held.upperBound - held.lowerBound)
            ))
            ?? []
    }
}
