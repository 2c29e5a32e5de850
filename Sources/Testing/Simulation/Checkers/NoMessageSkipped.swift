import Chain
import Engine
import MessageBus
import Saga
import Wire

/// Every message that follows from a durable entry is published at least once, unless the journal
/// was emptied, which is where the relay keeps how far it is.
struct NoMessageSkipped<P: WireParticipant>: Checker {
    private struct Due: Hashable {
        let step: StepID
        let kind: Message.Kind
    }

    private struct Waiting {
        var due: [Due: Position] = [:]
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
                nodes[node].due[Due(step: message.step, kind: message.kind)] = commit.header.last
            }
        case .spoke(let node, let message):
            nodes[node].due[Due(step: message.step, kind: message.kind)] = nil
        case .journaled(let node, _, let record):
            // What stands behind a gap tells the relay as little as nothing.
            if (try? Commit(encoded: record.value))?.header.number == 1 {
                nodes[node].isJournalEmpty = false
            }
        case .wiped: nodes = Array(repeating: Waiting(), count: nodes.count)
        case .tookOver(let node, _, _):
            if nodes[node].isJournalEmpty { nodes[node].due = [:] }
        case .sent(let node, let position): try check(node, upTo: position, truth)
        case .ended:
            for node in nodes.indices { try check(node, upTo: truth.states[node].position, truth) }
        default: break
        }
    }

    private func check(_ node: Int, upTo position: Position, _ truth: Truth<P>) throws(Violation) {
        let skipped = nodes[node].due.filter { $0.value <= position }.keys.map(\.step).min()
        guard let skipped else { return }
        throw Violation(
            "NoMessageSkipped", "\(truth.names[node]) said nothing about step \(skipped)",
            saga: skipped.saga.command)
    }
}
