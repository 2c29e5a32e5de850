import Synchronization
import Wire

/// Whether a node is open for inputs, and through which door.
final class Condition<P: WireParticipant>: Sendable {
    private let current = Mutex<InputQueue<P>?>(nil)

    var queue: InputQueue<P>? { current.withLock { $0 } }

    func begin(_ queue: InputQueue<P>) { current.withLock { $0 = queue } }
    func end() { current.withLock { $0 = nil } }
}
