import Node
import Saga
import Synchronization

/// The system's clocks, set by hand.
final class SetClock: Sendable {
    private struct State {
        var offset: Int64 = 0
        var passed = Duration.zero
    }

    private let state = Mutex(State())

    /// How far the wall clock is wrong, in milliseconds.
    var offset: Int64 {
        get { state.withLock { $0.offset } }
        set { state.withLock { $0.offset = newValue } }
    }

    func pass(_ time: Duration) { state.withLock { $0.passed += time } }

    var nodeClock: NodeClock {
        NodeClock(
            now: {
                let (wrong, passed) = self.state.withLock { ($0.offset, $0.passed) }
                return NodeClock.system.now() + passed + .milliseconds(wrong)
            },
            sinceBoot: { NodeClock.system.sinceBoot() + self.state.withLock { $0.passed } },
            sleep: NodeClock.system.sleep)
    }
}
