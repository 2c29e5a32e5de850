import Engine
import MessageBus
import Saga
import Wire

/// Nothing is quarantined but what somebody wrote who lies, and what is said of a saga about which
/// somebody lied: honest nodes understand each other, whatever is lost, repeated or late.
struct QuarantineExplained<P: WireParticipant>: Checker {
    private var lies: Set<[UInt8]> = []
    private var sagas: Set<SagaID> = []

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .lied(let record):
            lies.insert(Array(record.value.prefix(Quarantined.recordBytesMax)))
            if let saga = saga(in: record.value) { sagas.insert(saga) }
        case .appended(let node, _, let events):
            for case .quarantined(let quarantined) in events where !isExplained(quarantined) {
                throw Violation(
                    "QuarantineExplained",
                    "\(truth.names[node]) does not believe what is true: \(quarantined.cause), "
                        + "record \(quarantined.offset)", saga: saga(in: quarantined.record))
            }
        default: break
        }
    }

    private func isExplained(_ quarantined: Quarantined) -> Bool {
        lies.contains(quarantined.record)
            || saga(in: quarantined.record).map(sagas.contains) ?? false
    }

    private func saga(in bytes: [UInt8]) -> SagaID? {
        guard case .step(let message)? = try? PeerMessage(wire: bytes) else { return nil }
        return message.step.saga
    }
}
