import Chain
import Engine
import MessageBus
import Saga
import Wire

/// Every message that follows from a durable entry is published at least once, by the process whose
/// relay says that it has sent all up to there.
///
/// Not where the journal was emptied, which is where the relay keeps how far it is; nor, of what
/// the journal holds, where the process ended before: what it had not yet said is asked for.
struct NoMessageSkipped<P: WireParticipant>: Checker {
    private struct Due: Hashable {
        let receiver: NodeName
        let step: StepID
        let kind: Message.Kind

        init(_ message: Message) {
            (receiver, step, kind) = (message.receiver, message.step, message.kind)
        }
    }

    private struct Waiting {
        var due: [Due: Position] = [:]
        /// The end of the newest commit that was published to the journal.
        var journaled = Position.start
        var isJournalEmpty = true
    }

    private var nodes: [Waiting]

    init(nodes count: Int) {
        nodes = Array(repeating: Waiting(), count: count)
    }

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, let events):
            for event in events {
                guard let message = event.message(from: truth.names[node]) else { continue }
                nodes[node].due[Due(message)] = commit.header.last
            }
        case .spoke(let node, let message): nodes[node].due[Due(message)] = nil
        case .journaled(let node, _, let record):
            guard let header = (try? Commit(encoded: record.value))?.header else { break }
            nodes[node].journaled = max(nodes[node].journaled, header.last)
            // What stands behind a gap tells the relay as little as nothing.
            if header.number == 1 { nodes[node].isJournalEmpty = false }
        case .wiped: nodes = Array(repeating: Waiting(), count: nodes.count)
        case .tookOver(let node, _, _):
            let journaled = nodes[node].journaled
            let isEmpty = nodes[node].isJournalEmpty
            nodes[node].due = nodes[node].due.filter { !isEmpty && $0.value > journaled }
        case .sent(let node, let peer, let position):
            try check(node, to: [peer], upTo: position, truth)
        case .ended:
            for node in nodes.indices {
                try check(node, to: Set(truth.names), upTo: truth.states[node].position, truth)
            }
        default: break
        }
    }

    private func check(
        _ node: Int, to receivers: Set<NodeName>, upTo position: Position, _ truth: Truth<P>
    ) throws(Violation) {
        let skipped = nodes[node].due.filter { due, end in
            end <= position && receivers.contains(due.receiver)
        }.keys.map(\.step).min()
        guard let skipped else { return }
        throw Violation(
            "NoMessageSkipped", "\(truth.names[node]) said nothing about step \(skipped)",
            saga: skipped.saga.command)
    }
}
