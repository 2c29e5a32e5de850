import Synchronization
import Wire

/// Whether a node is open for inputs, through which door, and whether it decides them.
final class Condition<P: WireParticipant>: Sendable {
    private let current = Mutex<InputQueue<P>?>(nil)
    private let fault = Mutex<ClockFault?>(nil)

    var queue: InputQueue<P>? { current.withLock { $0 } }
    var clockFault: ClockFault? { fault.withLock { $0 } }

    func begin(_ queue: InputQueue<P>) { current.withLock { $0 = queue } }
    func end() { current.withLock { $0 = nil } }
    func note(_ clockFault: ClockFault?) { fault.withLock { $0 = clockFault } }
}
