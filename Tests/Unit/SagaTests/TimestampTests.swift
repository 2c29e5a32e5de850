import Saga
import Testing

@Suite("Timestamps")
struct TimestampTests {
    /// The most whole seconds that can be counted in milliseconds.
    static let secondsMax: Int64 = .max / 1_000

    static let sums: [(start: Int64, shift: Duration, sum: Int64)] = [
        (0, .zero, 0),
        (1_000, .seconds(2), 3_000),
        (1_000, .milliseconds(-1), 999),
        (0, .seconds(-1), -1_000),
        (0, .microseconds(999), 0),
        (0, .microseconds(1_999), 1),
        (0, .microseconds(-999), 0),
        (0, .nanoseconds(-1_999_999), -1),
        // The end of time, from either side.
        (.max, .zero, .max),
        (.max, .milliseconds(1), .max),
        (.max - 1, .milliseconds(1), .max),
        (.max, .milliseconds(-1), .max - 1),
        (.min, .milliseconds(-1), .min),
        (.min + 1, .milliseconds(-1), .min),
        (.min, .milliseconds(1), .min + 1),
        (1, .seconds(Int64.max), .max),
        (-1, .seconds(Int64.min), .min),
        // Seconds that can be counted in milliseconds, but with their fraction not.
        (0, .seconds(secondsMax), .max / 1_000 * 1_000),
        (0, .seconds(secondsMax) + .milliseconds(807), .max),
        (0, .seconds(secondsMax) + .milliseconds(808), .max),
        (0, .seconds(secondsMax) + .milliseconds(999), .max),
        (0, .seconds(-secondsMax) - .milliseconds(808), .min),
        (0, .seconds(-secondsMax) - .milliseconds(809), .min),
        (0, .seconds(-secondsMax) - .milliseconds(999), .min),
        // One second more cannot.
        (0, .seconds(secondsMax + 1), .max),
        (0, .seconds(-secondsMax - 1), .min),
        // A shift that is too long by itself, with a sum that is not.
        (-5_000, .seconds(secondsMax + 1), .max / 1_000 * 1_000 - 4_000),
        (.min, .seconds(secondsMax + 1), .min + .max / 1_000 * 1_000 + 1_000),
        (.max, .seconds(-secondsMax - 1), .max - .max / 1_000 * 1_000 - 1_000),
    ]

    @Test("Adding a duration cuts to milliseconds and stays within time", arguments: sums)
    func addsWithinTime(start: Int64, shift: Duration, sum: Int64) {
        #expect(Timestamp(milliseconds: start) + shift == Timestamp(milliseconds: sum))
    }

    @Test("Timestamps are ordered as their milliseconds")
    func areOrdered() {
        let moments = [Int64.min, -1, 0, 1, .max].map { Timestamp(milliseconds: $0) }
        #expect(moments.reversed().sorted() == moments)
        #expect(moments.first == .distantPast)
        #expect(moments.last == .distantFuture)
    }
}
