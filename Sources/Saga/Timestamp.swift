/// A moment on the wall clock: milliseconds since 1970-01-01T00:00:00Z.
///
/// Only the shell reads a clock; the pure modules are handed a timestamp.
public struct Timestamp: Hashable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Later by `duration`, cut to whole milliseconds; a sum past the end of time stays there.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .distantPast : .distantFuture }
        let shift = scaled + attoseconds / 1_000_000_000_000_000
        let (sum, pastTheEnd) = moment.milliseconds.addingReportingOverflow(shift)
        guard !pastTheEnd else { return shift < 0 ? .distantPast : .distantFuture }
        return Timestamp(milliseconds: sum)
    }

    public static let distantPast = Timestamp(milliseconds: .min)
    public static let distantFuture = Timestamp(milliseconds: .max)
}

extension Timestamp: Comparable {
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
