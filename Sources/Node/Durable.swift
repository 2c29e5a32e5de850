import EventLog
import Synchronization

/// The newest commit that this process knows to be durable. It outlives sessions: a log that comes
/// back without it was rewound.
final class Durable: Sendable {
    private let link = Mutex<Chain.Link?>(nil)

    var newest: Chain.Link? { link.withLock { $0 } }

    func note(_ commit: Commit) { link.withLock { $0 = Chain.Link(after: commit) } }
}
