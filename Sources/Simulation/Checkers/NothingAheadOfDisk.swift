import Engine
import Saga

/// Every message says what its sender's durable log says.
struct NothingAheadOfDisk: Checker {
    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        guard case .spoke(let node, let message, let restsOn) = observation else { return }
        let state = world.truth.states[node]
        guard restsOn <= state.position, isTrue(message, state) else {
            throw Violation(
                "NothingAheadOfDisk",
                """
                \(world.truth.names[node]) says \(message.kind) about step \(message.step), and \
                its log does not
                """, saga: message.step.saga)
        }
    }

    private func isTrue(_ message: Message, _ state: State<Bank>) -> Bool {
        guard let record = state.sagas[message.step.saga] else { return false }
        let number = message.step.number + (message.kind.travelsForward ? -1 : 1)
        let step = record.contentHash == message.contentHash ? record.step(number) : nil
        return switch message.kind {
        case .reserve, .abandon:
            step.map { $0.wasReserved && $0.state != .deciding } ?? false
        case .confirm: step?.state == .confirmed
        case .cancel:
            record.contentHash != message.contentHash || step?.state == .cancelled
        }
    }
}
