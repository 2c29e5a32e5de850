import Chain
import JournalReader
import MessageBus
import Saga
import Wire

/// The journal carries the log: the same entries under the same headers, in the end without gaps,
/// nothing that is not durable; and no peer hears of a commit that was never in the journal.
struct JournalEqualsLog<P: WireParticipant>: Checker {
    private struct Copy {
        var entries: [Entry] = []
        /// By the last position of a commit.
        var headers: [UInt64: [UInt8]] = [:]
        /// The highest position in the journal now.
        var published: UInt64 = 0
        /// And ever.
        var everPublished: UInt64 = 0
    }

    private var copies: [Copy]

    init(nodes count: Int) {
        copies = Array(repeating: Copy(), count: count)
    }

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, _):
            copies[node].entries += commit.entries
            copies[node].headers[commit.header.last.number] = commit.headerBytes
        case .journaled(let node, let record):
            do throws(WireError) {
                try check(try JournalRecord(wire: record.value), node, truth.names[node])
            } catch {
                throw Violation("JournalEqualsLog", "a journal record is unreadable: \(error)")
            }
        case .spoke(let node, let message):
            let basis = truth.basis(of: message, from: node) ?? .start
            guard basis.number <= copies[node].everPublished else {
                throw Violation(
                    "JournalEqualsLog",
                    "\(message.kind) about step \(message.step) left before its journal record",
                    saga: message.step.saga)
            }
        case .wiped: for node in copies.indices { copies[node].published = 0 }
        case .ended:
            for (copy, name) in zip(copies, truth.names)
            where copy.published != UInt64(copy.entries.count) {
                throw Violation("JournalEqualsLog", "the journal of \(name) is incomplete")
            }
        default: break
        }
    }

    private mutating func check(
        _ record: JournalRecord, _ node: Int, _ name: NodeName
    ) throws(WireError) {
        let copy = copies[node]
        guard record.position <= UInt64(copy.entries.count) else {
            throw WireError("\(name): \(record.position) is not durable")
        }
        let entry = copy.entries[Int(record.position) - 1]
        guard entry.payload == record.entry, entry.saga == record.saga,
            record.header == copy.headers[record.position] ?? []
        else { throw WireError("\(name): another entry stands at \(record.position)") }
        // Behind a gap, where the broker has lost records, readers wait until they come again.
        if record.position == copy.published + 1 { copies[node].published = record.position }
        copies[node].everPublished = max(copy.everPublished, record.position)
    }
}
