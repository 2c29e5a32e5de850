import Saga
import Synchronization

/// Where those who do a node's work say what does not work, and that it works again. Outlives
/// sessions: what is wrong with the bus does not pass when the log is opened again.
final class Health: Sendable {
    private let conditions: Mutex<NodeConditions>
    private let clock: NodeClock

    init(_ clock: NodeClock, peers: Int) {
        self.clock = clock
        conditions = Mutex(NodeConditions(peers: peers))
    }

    /// What is wrong, and has lasted long enough to be shown.
    var current: [NodeCondition] {
        let sinceBoot = clock.sinceBoot()
        return conditions.withLock { $0.shown(sinceBoot: sinceBoot) }
    }

    /// See ``NodeConditions/raise(_:of:_:at:sinceBoot:)``.
    @discardableResult
    func raise(_ code: NodeCondition.Code, of peer: NodeName? = nil, _ why: String) -> Bool {
        let (now, sinceBoot) = (clock.now(), clock.sinceBoot())
        return conditions.withLock {
            $0.raise(code, of: peer, why, at: now, sinceBoot: sinceBoot)
        }
    }

    /// See ``NodeConditions/expect(_:of:_:at:sinceBoot:)``.
    func expect(
        _ code: NodeCondition.Code, of peer: NodeName? = nil, _ why: @autoclosure () -> String
    ) {
        let (now, sinceBoot) = (clock.now(), clock.sinceBoot())
        conditions.withLock {
            $0.expect(code, of: peer, why(), at: now, sinceBoot: sinceBoot)
        }
    }

    /// See ``NodeConditions/clear(_:of:)``.
    @discardableResult
    func clear(_ code: NodeCondition.Code, of peer: NodeName? = nil) -> Timestamp? {
        conditions.withLock { $0.clear(code, of: peer) }
    }
}
