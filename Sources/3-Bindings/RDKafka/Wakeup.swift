import Synchronization

/// A C callback's way to an actor: many calls before the actor looks are one wake-up.
final class Wakeup: Sendable {
    private let isRaised = Atomic(false)
    private let action: @Sendable () -> Void

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    /// Called on a librdkafka thread that holds one of the library's locks: returns at once.
    func raise() {
        if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { action() }
    }

    /// Before the actor looks: what comes from now on is another wake-up.
    func lower() { isRaised.store(false, ordering: .sequentiallyConsistent) }
}
