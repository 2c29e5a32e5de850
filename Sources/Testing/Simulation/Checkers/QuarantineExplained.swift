import Engine
import Saga
import Wire

/// Nothing is quarantined but what the hostile peer wrote in order to be refused: honest nodes
/// understand each other, whatever is lost, repeated or late.
struct QuarantineExplained<P: WireParticipant>: Checker {
    private struct Lie: Hashable {
        let node: Int
        let number: UInt64
    }

    private var lies: Set<Lie> = []

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .lied(let node, let number): lies.insert(Lie(node: node, number: number))
        case .appended(let node, _, let events):
            for case .quarantined(let letter) in events
            where letter.peer != truth.hostile
                || !lies.contains(Lie(node: node, number: letter.number))
            {
                throw Violation(
                    "QuarantineExplained",
                    "\(truth.names[node]) rejected a true entry: \(letter.cause), number "
                        + "\(letter.number) of \(letter.peer)")
            }
        default: break
        }
    }
}
