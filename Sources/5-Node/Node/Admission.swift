import Engine
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

    init(of configuration: Configuration, _ clock: NodeClock) {
        node = configuration.node
        health = Health(clock, peers: configuration.peers.count)
        health.raise(.starting, "it has not opened its log yet")
    }

    var queue: InputQueue<P>? { current.withLock { $0 } }
    var clockFault: ClockFault? { fault.withLock { $0 } }

    func open(_ queue: InputQueue<P>) {
        current.withLock { $0 = queue }
        for code in [NodeCondition.Code.starting, .standingBy, .busUnavailable] {
            health.clear(code)
        }
    }

    /// The session has failed, and may take a while to end: its log is opened again behind that.
    func fail(_ error: any Error) {
        if let error = error as? LogError { health.raise(.logUnavailable, "\(error)") }
        health.raise(.starting, "it opens its log again")
    }

    /// The log or the bus failed, and is tried again.
    func pause(after error: any Error) {
        fail(error)
        // The other one got as far as to be asked.
        if error is BusError {
            health.raise(.busUnavailable, "\(error)")
            health.clear(.logUnavailable)
        } else {
            health.clear(.busUnavailable)
        }
    }

    func close() {
        current.withLock { $0 = nil }
        health.raise(.starting, "it opens its log again")
        for code in [NodeCondition.Code.engineNotAnswering, .inputQueueFull] { health.clear(code) }
    }

    func note(_ clockFault: ClockFault?) {
        fault.withLock { $0 = clockFault }
        guard let clockFault else {
            health.clear(.clockNotTrusted)
            return
        }
        health.raise(.clockNotTrusted, "\(clockFault). \(clockFault.remedy(for: node))")
    }
}
