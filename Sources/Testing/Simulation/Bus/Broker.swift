import Chain
import MessageBus
import Saga

/// The broker: topics, and who waits for their next record. What happens to records on their way
/// is the ``World``'s affair; here they have arrived.
struct Broker {
    private struct Waiter {
        let number: Int
        let topic: String
        let continuation: CheckedContinuation<Void, Never>
    }

    var storage = TopicStorage()
    /// It answers no client.
    private(set) var isDown = false
    /// Raised at every start: connections of before are broken.
    private(set) var starts = 0
    /// As `starts`, but for writers: a node that only publishes may not notice that everything is
    /// gone.
    private(set) var startsForWriters = 0
    /// Raised when everything is wiped.
    private(set) var histories = 0
    private var waiters: [Waiter] = []
    private var waits = 0

    mutating func stop() {
        isDown = true
        wakeAll()
    }

    mutating func start() {
        isDown = false
        starts += 1
        startsForWriters += 1
        wakeAll()
    }

    /// All topics are empty and begin at 0 again. The broker was restarted for it; `silently`, so
    /// fast that only readers notice.
    mutating func wipe(silently: Bool) {
        storage.empty()
        histories += 1
        starts += 1
        if !silently { startsForWriters += 1 }
        wakeAll()
    }

    /// - Returns: What to call ``stopWaiting(_:)`` with.
    mutating func newWait() -> Int {
        waits += 1
        return waits
    }

    mutating func wait(
        _ number: Int, for topic: String, _ continuation: CheckedContinuation<Void, Never>
    ) {
        waiters.append(Waiter(number: number, topic: topic, continuation: continuation))
    }

    mutating func stopWaiting(_ number: Int) {
        wake { $0.number == number }
    }

    mutating func wake(readersOf topic: String) {
        wake { $0.topic == topic }
    }

    private mutating func wakeAll() {
        wake { _ in true }
    }

    private mutating func wake(where isMeant: (Waiter) -> Bool) {
        let woken = waiters.filter(isMeant)
        guard !woken.isEmpty else { return }
        waiters.removeAll(where: isMeant)
        for waiter in woken { waiter.continuation.resume() }
    }
}
