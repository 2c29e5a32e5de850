import Chain
import Synchronization

/// The newest commit that this process knows to be durable. It outlives sessions: a log that comes
/// back without it was rewound.
final class DurableWatermark: Sendable {
    private let link = Mutex<Chain.Link?>(nil)

    var newest: Chain.Link? { link.withLock { $0 } }

    /// What publishes a commit, or is about to, notes it here: the durability gate those that were
    /// answered, the relay those that it reads from the log.
    func note(_ commit: Commit) {
        let new = Chain.Link(after: commit)
        link.withLock { link in
            if let old = link,
                (old.timeline, old.position) >= (new.timeline, new.position)
            {
                return
            }
            link = new
        }
    }
}
