import Chain
import Engine
import Saga
import Wire

/// An entry is for the neighbour that waits for it, and for no other node: reserved, for the owner
/// of the step after; decided, for that of the step before. Those for one peer have the numbers 1,
/// 2, 3 … in the order of their positions, whatever was lost and restored; a `read` has none.
struct NumberedForPeers<P: WireParticipant>: Checker {
    /// By node, the newest number for each peer.
    private var newest: [[NodeName: UInt64]]

    init(nodes count: Int) {
        newest = Array(repeating: [:], count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        guard case .appended(let node, let commit, let events) = observation else { return }
        for (entry, event) in zip(commit.entries, events) {
            let addressee: Addressee?
            do throws(WireError) {
                addressee = try ShownFrame(entry.parts.shown).addressee
            } catch {
                throw violation(node, entry, "cannot be read: \(error)", truth)
            }
            guard addressee?.peer == receiver(of: event, truth) else {
                throw violation(node, entry, "is not for the neighbour that waits for it", truth)
            }
            guard let addressee, event.isNumbered || addressee.number != nil else { continue }
            let next = newest[node][addressee.peer, default: 0] + 1
            guard addressee.number == next else {
                throw violation(
                    node, entry,
                    "has number \(addressee.number ?? 0) for \(addressee.peer), next was \(next)",
                    truth)
            }
            newest[node][addressee.peer] = next
        }
    }

    /// As the client's itinerary has it; where no client ordered the content, and of what is said
    /// again or about logs, as the entry says.
    private func receiver(of event: Event<P.Fact>, _ truth: Truth<P>) -> NodeName? {
        guard case .stepDecided(let decided) = event else { return event.receiver }
        let plan = truth.plans[decided.step.saga.contentHash]
        let number = decided.step.number
        switch decided.state {
        case .unknown, .deciding: return nil
        case .reserved:
            guard let plan else { return decided.next }
            return plan.node(at: number + 1)
        case .confirmed, .cancelled:
            guard let plan else { return decided.previous }
            return plan.node(at: number - 1)
        }
    }

    private func violation(
        _ node: Int, _ entry: Entry, _ message: String, _ truth: Truth<P>
    ) -> Violation {
        Violation(
            "NumberedForPeers", "\(truth.names[node]): the entry at \(entry.position) \(message)",
            saga: entry.saga)
    }
}
