public import Saga
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a node gets the time from, and how it waits; simulations put their own in.
public struct NodeClock: Sendable {
    /// The wall clock, which deadlines are compared with. It may be set.
    public var now: @Sendable () -> Timestamp
    /// Time since the machine started: never set, so it says how long something took.
    public var sinceBoot: @Sendable () -> Duration
    /// Waits that long.
    ///
    /// - Throws: `CancellationError`, at once when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Takes a clock's three functions; simulations and tests move them as they like.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        sinceBoot: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sinceBoot = sinceBoot
        self.sleep = sleep
    }

    /// The machine's clocks. On Linux the time since boot also counts while the machine is
    /// suspended.
    public static let system = NodeClock(
        now: {
            let time = reading(of: CLOCK_REALTIME)
            return Timestamp(
                milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
        },
        sinceBoot: {
            let time = reading(of: bootClock)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        },
        sleep: { try await Task.sleep(for: $0) })

    private static func reading(of clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }

    #if os(Linux)
        private static let bootClock = CLOCK_BOOTTIME
    #else
        private static let bootClock = CLOCK_MONOTONIC
    #endif
}

extension Duration {
    /// Whole milliseconds, cut off.
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
