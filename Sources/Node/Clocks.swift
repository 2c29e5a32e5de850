public import Saga

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a node gets the time from; tests put their own in.
public struct WallClock: Sendable {
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    public static let system = WallClock {
        Timestamp(milliseconds: milliseconds(of: CLOCK_REALTIME))
    }

    /// Milliseconds since the machine started: never set, so it says how long something took.
    static let sinceBoot: @Sendable () -> Int64 = { milliseconds(of: bootClock) }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    #if os(Linux)
        private static let bootClock = CLOCK_BOOTTIME
    #else
        private static let bootClock = CLOCK_MONOTONIC
    #endif
}

/// Finds out that somebody set the wall clock: deadlines would pass, or never pass, by mistake.
struct ClockGuard {
    static let jumpMax: Int64 = 60_000

    /// Wall clock minus time since boot, when both were last found to agree.
    private var offset: Int64

    init(wall: Timestamp, sinceBoot: Int64) {
        offset = wall.milliseconds - sinceBoot
    }

    /// Whether the wall clock went on as the boot clock did. Small corrections are followed.
    mutating func admits(wall: Timestamp, sinceBoot: Int64) -> Bool {
        let current = wall.milliseconds - sinceBoot
        guard abs(current - offset) <= Self.jumpMax else { return false }
        offset = current
        return true
    }
}
