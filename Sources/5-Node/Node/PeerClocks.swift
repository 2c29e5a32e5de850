import Saga
import Synchronization

/// What peers' signed headers say about this node's wall clock.
///
/// A peer's header that is dated after our now shows that we are behind it. A header dated before
/// one of ours that the peer had already seen when it signed shows that we are ahead of it: what
/// follows cannot be older. Each alone may be the peer's fault, so one peer only warns.
final class PeerClocks: Sendable {
    enum Comparison: Hashable, Sendable { case agrees, ahead, behind }

    private struct Evidence {
        /// The newest time that the peer has signed.
        var time: Timestamp
        var isAhead: Bool

        func comparison(at now: Timestamp) -> Comparison {
            if isAhead { return .ahead }
            return time > now + PeerClocks.tolerance ? .behind : .agrees
        }
    }

    private static let peersMin = 3
    private static let tolerance = Duration.seconds(120)

    private let evidence = Mutex<[NodeName: Evidence]>([:])

    /// - Parameters:
    ///   - time: Of the peer's header, whose signature was checked.
    ///   - echoed: When we signed the newest header of ours that the peer had seen; `nil` where it
    ///     is not of this session: the clock may have been another one then.
    /// - Returns: The peer's new comparison where it has changed.
    func note(
        _ peer: NodeName, time: Timestamp, echoed: Timestamp?, now: Timestamp
    ) -> Comparison? {
        let isAhead = echoed.map { $0 > time + Self.tolerance } ?? false
        return evidence.withLock { evidence in
            let new = Evidence(time: time, isAhead: isAhead)
            let before = evidence.updateValue(new, forKey: peer)?.comparison(at: now) ?? .agrees
            let comparison = new.comparison(at: now)
            return before == comparison ? nil : comparison
        }
    }

    /// More than half of at least three peers agree with each other against this node's clock.
    func fault(at now: Timestamp) -> ClockFault? {
        evidence.withLock { evidence in
            guard evidence.count >= Self.peersMin else { return nil }
            for comparison in [Comparison.ahead, .behind] {
                let count = evidence.values.count { $0.comparison(at: now) == comparison }
                if count * 2 > evidence.count {
                    return .peersDisagree(
                        isAhead: comparison == .ahead, peers: count, of: evidence.count)
                }
            }
            return nil
        }
    }

    /// What was shown before does not count any more: another session, and maybe another clock.
    func forget() { evidence.withLock { $0 = [:] } }
}
