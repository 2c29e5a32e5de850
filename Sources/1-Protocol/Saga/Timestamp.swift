/// A moment on the wall clock: milliseconds since 1970-01-01T00:00:00Z.
///
/// Only the shell reads a clock; the pure modules are handed a timestamp.
public struct Timestamp: Hashable, Sendable {
    /// Milliseconds since 1970, without leap seconds; negative before it.
    public let milliseconds: Int64

    /// Takes any count: all of `Int64` are moments.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Later by `duration`, cut to whole milliseconds; a sum past either end of time stays
    /// there.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        // 128 bits: no duration is too long for them, so only the sum is cut.
        let shift = Int128(seconds) * 1_000 + Int128(attoseconds / 1_000_000_000_000_000)
        return Timestamp(milliseconds: Int64(clamping: Int128(moment.milliseconds) + shift))
    }

    /// The first moment there is: before every time that a clock shows.
    public static let distantPast = Timestamp(milliseconds: .min)
    /// The last moment there is: a deadline that never passes.
    public static let distantFuture = Timestamp(milliseconds: .max)
}

extension Timestamp: Comparable {
    /// Earlier is less.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
