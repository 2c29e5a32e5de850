/// How long a client gives a transfer, as it wrote it: digits and a unit, `30s`, `1500ms`, `1h`.
public struct TransferTimeout: Hashable, Sendable {
    /// As sent.
    public let text: String
    /// More than 0, at most ``longest``.
    public let duration: Duration

    /// The most that a client may give a transfer: an hour.
    public static let longest = Duration.seconds(3_600)
    /// Where the client says nothing.
    public static let standard = Duration.seconds(30)

    /// The units that a timeout is written in, the smallest first.
    static let millisecondsPerUnit: [(unit: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
    ]

    /// Reads digits and one of `ms`, `s`, `m`, `h`.
    /// - Throws: `invalidTimeout`, also for zero and for more than ``longest``.
    public init(_ text: String) throws(InvalidRequest) {
        guard let duration = Duration(apiText: text), duration <= Self.longest else {
            throw InvalidRequest(
                .invalidTimeout,
                "\"timeout\" must be digits and one of ms, s, m, h, more than 0 and at most 1h.")
        }
        self.text = text
        self.duration = duration
    }
}

extension Duration {
    /// Digits and one of `ms`, `s`, `m`, `h`; `nil` for anything else, for zero, and for what does
    /// not fit.
    package init?(apiText text: String) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let unit = String(text.utf8.dropFirst(digits.count))
        guard let known = TransferTimeout.millisecondsPerUnit.first(where: { $0.unit == unit }),
            let count = Int64(String(Substring(digits))), count > 0
        else {
            return nil
        }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: known.milliseconds)
        guard !overflow else { return nil }
        self = .milliseconds(milliseconds)
    }

    /// Whole milliseconds; a timeout has no smaller parts.
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
