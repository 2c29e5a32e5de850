import EventLog
import MessageBus
import Saga
import Synchronization
import Wire

/// Whether a node is open for inputs, through which door, and whether it decides them; and what is
/// wrong with it.
final class Admission<P: WireParticipant>: Sendable {
    let health: Health
    private let node: NodeName
    private let current = Mutex<InputQueue<P>?>(nil)
    private let fault = Mutex<ClockFault?>(nil)

    init(of node: NodeName, _ clock: NodeClock) {
        self.node = node
        health = Health(clock)
        health.begin(.starting, "it has not opened its log yet")
    }

    var queue: InputQueue<P>? { current.withLock { $0 } }
    var clockFault: ClockFault? { fault.withLock { $0 } }

    func begin(_ queue: InputQueue<P>) {
        current.withLock { $0 = queue }
        for code in [NodeCondition.Code.starting, .standingBy, .busUnavailable] { health.end(code) }
    }

    /// The session has failed, and may take a while to end: its log is opened again behind that.
    func fail(_ error: any Error) {
        if let error = error as? LogError { health.begin(.logUnavailable, "\(error)") }
        health.begin(.starting, "it opens its log again")
    }

    /// The log or the bus failed, and is tried again.
    func pause(after error: any Error) {
        fail(error)
        // The other one got as far as to be asked.
        if error is BusError {
            health.begin(.busUnavailable, "\(error)")
            health.end(.logUnavailable)
        } else {
            health.end(.busUnavailable)
        }
    }

    func end() {
        current.withLock { $0 = nil }
        health.begin(.starting, "it opens its log again")
        for code in [NodeCondition.Code.engineNotAnswering, .inputQueueFull] { health.end(code) }
    }

    func note(_ clockFault: ClockFault?) {
        fault.withLock { $0 = clockFault }
        guard let clockFault else {
            health.end(.clockNotTrusted)
            return
        }
        health.begin(.clockNotTrusted, "\(clockFault). \(clockFault.remedy(for: node))")
    }
}
