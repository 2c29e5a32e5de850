import Engine
import MessageBus
import PeerProtocol
import Saga
import Wire

/// Nothing is quarantined but what a liar wrote, and what follows from it between the two nodes
/// that the lie names: honest nodes understand each other, whatever is lost, repeated or late.
struct QuarantineExplained<P: WireParticipant>: Checker {
    private var lies: Set<[UInt8]> = []
    /// Whom lies about a saga name.
    private var concerned: [SagaID: Set<NodeName>] = [:]

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .lied(let record):
            lies.insert(Array(record.value.prefix(Quarantined.recordBytesMax)))
            if let lie = message(in: record.value) {
                concerned[lie.step.saga, default: []].formUnion([lie.sender, lie.receiver])
            }
        case .appended(let node, _, let events):
            for case .quarantined(let quarantined) in events
            where !isExplained(quarantined, at: truth.names[node]) {
                throw Violation(
                    "QuarantineExplained",
                    "\(truth.names[node]) rejected a true message: \(quarantined.cause), "
                        + "record \(quarantined.offset)",
                    saga: message(in: quarantined.record)?.step.saga.command)
            }
        default: break
        }
    }

    private func isExplained(_ quarantined: Quarantined, at node: NodeName) -> Bool {
        guard !lies.contains(quarantined.record) else { return true }
        let saga = message(in: quarantined.record)?.step.saga
        return saga.flatMap { concerned[$0] }?.contains(node) == true
    }

    private func message(in bytes: [UInt8]) -> Message? {
        guard case .step(let message)? = try? PeerMessage(wire: bytes) else { return nil }
        return message
    }
}
