import HeapModule
import Saga

/// When the outside is asked next about each step that is `deciding`: nothing else waits for a
/// time. Volatile: after a restart all are due at once.
struct Timers: Sendable {
    private struct Alarm: Comparable, Sendable {
        let due: Timestamp
        let step: StepID
        let attempt: Int

        /// The step breaks the tie, so that the order is the same in every run.
        static func < (left: Alarm, right: Alarm) -> Bool {
            (left.due, left.step, left.attempt) < (right.due, right.step, right.attempt)
        }
    }

    private var alarms = Heap<Alarm>()
    /// The alarm that counts for each step; any other in the heap is out of date.
    private var armed: [StepID: Alarm] = [:]

    var nextDue: Timestamp? { alarms.min?.due }

    mutating func arm(_ step: StepID, at due: Timestamp, attempt: Int) {
        let alarm = Alarm(due: due, step: step, attempt: attempt)
        armed[step] = alarm
        alarms.insert(alarm)
    }

    mutating func disarm(_ step: StepID) {
        armed[step] = nil
        dropOutdated()
    }

    /// The earliest step that is due at `now`, taken off the list.
    mutating func popDue(at now: Timestamp) -> (step: StepID, attempt: Int)? {
        dropOutdated()
        guard let alarm = alarms.min, alarm.due <= now else { return nil }
        alarms.removeMin()
        armed[alarm.step] = nil
        return (alarm.step, alarm.attempt)
    }

    /// Drops outdated alarms, so that the earliest one counts and the node does not wake for
    /// nothing.
    private mutating func dropOutdated() {
        while let alarm = alarms.min, armed[alarm.step] != alarm { alarms.removeMin() }
    }
}

extension Limits {
    /// How long after attempt number `attempt` the next one follows: doubling, up to a quarter
    /// more by a jitter that is the same in every run.
    func backoff(_ step: StepID, attempt: Int) -> Duration {
        let doubled = retryFirst * (1 << min(attempt, 20))
        let mixed = (step.saga.command.low ^ UInt64(attempt)) &* 0x9E37_79B9_7F4A_7C15
        let jitter = Int(mixed >> 56)
        return min(doubled, retryMax) * (1_024 + jitter) / 1_024
    }
}
