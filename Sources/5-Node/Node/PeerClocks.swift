import Saga
import Synchronization

/// What the newest headers that are taken of peers say about this node's wall clock.
///
/// A peer's header that is dated after our now shows that we are behind it. A header dated before
/// an entry of ours that the peer had taken when it signed shows that we are ahead of it: what
/// follows cannot be older. Each alone may be the peer's fault, so one peer only warns.
final class PeerClocks: Sendable {
    enum Comparison: Hashable, Sendable { case agrees, ahead, behind }

    /// Entries for a peer in one commit of this session: before it the clock may have been another.
    private struct Given {
        let numbers: ClosedRange<UInt64>
        /// By the wall clock: a commit's own time may be later, where the log is ahead of it.
        let time: Timestamp
        /// What ``PeerClocks/offset`` was then.
        let offset: Int64
    }

    private struct Evidence {
        /// The newest time that the peer has signed.
        let time: Timestamp
        /// The newest commit of this node's that the peer had seen.
        let seen: Given?

        /// A clock that was set since is ahead by that much more, or less.
        func comparison(at now: Timestamp, offset: Int64) -> Comparison {
            if let seen {
                let sinceThen = Duration.milliseconds(offset - seen.offset)
                if seen.time + sinceThen > time + PeerClocks.tolerance { return .ahead }
            }
            return time > now + PeerClocks.tolerance ? .behind : .agrees
        }
    }

    private static let peersMin = 3
    private static let tolerance = Duration.seconds(120)
    /// Commits that are remembered of each peer: those that it may not have acknowledged yet.
    private static let givenMax = 1_024

    private struct Known {
        var evidence: [NodeName: Evidence] = [:]
        /// Oldest first.
        var given: [NodeName: [Given]] = [:]
    }

    private let known = Mutex(Known())
    /// Wall clock minus time since boot, in milliseconds: it changes when the wall clock is set.
    private let offset: @Sendable () -> Int64

    init(offset: @escaping @Sendable () -> Int64) { self.offset = offset }

    /// A commit holds entries for a peer, which the peer has not seen yet.
    ///
    /// - Parameter time: By the wall clock.
    func noteGiven(_ numbers: ClosedRange<UInt64>, to peer: NodeName, at time: Timestamp) {
        known.withLock { known in
            if known.given[peer]?.count == Self.givenMax {
                known.given[peer]?.removeFirst(Self.givenMax / 2)
            }
            known.given[peer, default: []].append(
                Given(numbers: numbers, time: time, offset: offset()))
        }
    }

    /// - Parameters:
    ///   - time: Of the newest header that was taken of the peer.
    ///   - acknowledged: The newest number of ours that the peer had taken when it signed that.
    /// - Returns: The peer's new comparison where it has changed.
    func note(
        _ peer: NodeName, time: Timestamp, acknowledged: UInt64, now: Timestamp
    ) -> Comparison? {
        known.withLock { known in
            let offset = offset()
            let seen = known.given[peer]?.last { $0.numbers.contains(acknowledged) }
            let new = Evidence(time: time, seen: seen)
            let former = known.evidence.updateValue(new, forKey: peer)
            let before = former?.comparison(at: now, offset: offset) ?? .agrees
            let comparison = new.comparison(at: now, offset: offset)
            return before == comparison ? nil : comparison
        }
    }

    /// More than half of at least three peers agree with each other against this node's clock.
    func fault(at now: Timestamp) -> ClockFault? {
        known.withLock { known in
            let (evidence, offset) = (known.evidence, offset())
            guard evidence.count >= Self.peersMin else { return nil }
            for comparison in [Comparison.ahead, .behind] {
                let count = evidence.values.count {
                    $0.comparison(at: now, offset: offset) == comparison
                }
                if count * 2 > evidence.count {
                    return .peersDisagree(
                        isAhead: comparison == .ahead, peers: count, of: evidence.count)
                }
            }
            return nil
        }
    }

    /// What was shown before does not count any more: another session, and maybe another clock.
    func forget() { known.withLock { $0 = Known() } }
}
