import Chain
import Engine
import Saga
import Wire

/// While its clock is more than a minute from where it was, or before the time of its log's end, a
/// process decides nothing.
struct NothingUnderWrongClock<P: WireParticipant>: Checker {
    func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        guard case .handedOver(let node, let position, isClockWrong: true) = observation else {
            return
        }
        throw Violation(
            "NothingUnderWrongClock",
            "\(truth.names[node]) decided \(position) while its clock was minutes off")
    }
}
