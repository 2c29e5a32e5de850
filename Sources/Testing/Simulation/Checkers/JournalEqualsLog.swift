import Chain
import Links
import MessageBus
import Saga
import Wire

/// The journal carries the log: the same commits, to the byte, in the end without gaps, nothing
/// that is not durable; and no peer hears of a commit that was never in the journal.
struct JournalEqualsLog<P: WireParticipant>: Checker {
    private struct Copy {
        /// By their numbers, from 1 on.
        var commits: [Commit] = []
        /// The highest number in the journal now.
        var published: UInt64 = 0
        /// The end of the newest commit that ever was in the journal.
        var everPublished = Position.start
        /// The processes that have published in order since the journal was last emptied.
        var inOrder: Set<Int> = []
    }

    private var copies: [Copy]

    init(nodes count: Int) {
        copies = Array(repeating: Copy(), count: count)
    }

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, _):
            copies[node].commits.append(commit)
        case .journaled(let node, let process, let record):
            do throws(WireError) {
                try check(try Commit(encoded: record.value), node, process, truth.names[node])
            } catch {
                throw Violation("JournalEqualsLog", "a journal record is unreadable: \(error)")
            }
        case .shown(let node, let excerpt):
            let newest = excerpt.newest.header
            guard newest.last <= copies[node].everPublished else {
                throw Violation(
                    "JournalEqualsLog",
                    "\(truth.names[node]) shows commit \(newest.number) before its journal record",
                    saga: excerpt.commits.last?.entries.last?.saga)
            }
        case .wiped:
            for node in copies.indices {
                copies[node].published = 0
                copies[node].inOrder = []
            }
        case .ended:
            for (copy, name) in zip(copies, truth.names)
            where copy.published != UInt64(copy.commits.count) {
                throw Violation("JournalEqualsLog", "the journal of \(name) is incomplete")
            }
        default: break
        }
    }

    private mutating func check(
        _ commit: Commit, _ node: Int, _ process: Int, _ name: NodeName
    ) throws(WireError) {
        let copy = copies[node]
        let number = commit.header.number
        guard number <= UInt64(copy.commits.count) else {
            throw WireError("\(name): commit \(number) is not durable")
        }
        guard commit == copy.commits[Int(number) - 1] else {
            throw WireError("\(name): another commit stands at \(commit.header.first)")
        }
        // A process that has not noticed yet that the journal was emptied leaves a gap. One that
        // fills it again leaves none: no peer may know of a commit that the journal lacks.
        guard number <= copy.published + 1 || !copy.inOrder.contains(process) else {
            throw WireError("\(name): commit \(number) follows \(copy.published)")
        }
        if number == copy.published + 1 {
            copies[node].published = number
            copies[node].inOrder.insert(process)
        }
        copies[node].everPublished = max(copy.everPublished, commit.header.last)
    }
}
