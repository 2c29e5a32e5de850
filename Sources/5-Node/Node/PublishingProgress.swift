import Chain
import Saga
import Synchronization

/// Whether what is durable is published in time: it awaits one entry after the other, each the
/// newest when the one before was published. So what is awaited for long is late, also in a relay
/// that always has something to do.
struct Backlog: Sendable {
    enum Change: Equatable {
        case begins(Position)
        case ends
    }

    private var newest = Position.start
    private var awaited: Position?

    /// - Returns: What begins to be awaited; `nil` where an earlier entry is.
    mutating func add(_ position: Position) -> Change? {
        newest = max(newest, position)
        guard awaited == nil else { return nil }
        awaited = newest
        return .begins(newest)
    }

    /// - Returns: What is awaited next, where what was awaited is published.
    mutating func publish(upTo position: Position) -> Change? {
        guard let awaited, awaited <= position else { return nil }
        guard position < newest else {
            self.awaited = nil
            return .ends
        }
        self.awaited = newest
        return .begins(newest)
    }
}

/// Says of a relay whether it gets on.
final class PublishingProgress: Sendable {
    private let health: Health
    private let backlog = Mutex(Backlog())

    init(_ health: Health) {
        self.health = health
        // Of a session before: what its log still lacks of the journal is found again.
        health.clear(.journalBehind)
    }

    func noteDurable(_ position: Position) {
        backlog.withLock { note($0.add(position)) }
    }

    /// Records are handed to the bus. A frozen broker reports nothing for long, so failure is
    /// assumed until what follows was published as well.
    func start(_ records: Int, to topic: String) {
        health.expect(
            .publishingFailing, "no broker has acknowledged \(records) records for \(topic) yet")
    }

    func fail(_ error: any Error) { health.raise(.publishingFailing, "\(error)") }

    /// The journal has taken a whole group.
    func succeed(upTo position: Position? = nil) {
        health.clear(.publishingFailing)
        guard let position else { return }
        backlog.withLock { note($0.publish(upTo: position)) }
    }

    private func note(_ change: Backlog.Change?) {
        guard let change else { return }
        health.clear(.journalBehind)
        if case .begins(let position) = change {
            health.raise(.journalBehind, "entry \(position) is durable and not published yet")
        }
    }
}
