import Chain
import Saga
import Synchronization

/// The newest commit that this process knows to be durable. It outlives sessions: a log that comes
/// back without it was rewound.
final class DurableWatermark: Sendable {
    private let claim = Mutex<Evidence.Claim?>(nil)

    var newest: Evidence.Claim? { claim.withLock { $0 } }

    /// What publishes a commit, or is about to, notes it here: the durability gate those that were
    /// answered, the relay those that it reads from the log.
    func note(_ commit: Commit) {
        let new = Evidence.Claim(own: commit)
        claim.withLock { claim in
            if let old = claim, (old.timeline, old.position) >= (new.timeline, new.position) {
                return
            }
            claim = new
        }
    }
}
