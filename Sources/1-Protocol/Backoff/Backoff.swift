/// Pauses that double from one failure to the next, up to a limit, until a success sets them back.
///
/// A value: it neither waits nor reads a clock. It has no jitter: what repeats questions to the
/// outside, and so must not repeat them all at once, is the engine's (`Limits.backoff`).
public struct Backoff: Hashable, Sendable {
    /// The pause after the first failure since the last success.
    public let first: Duration
    /// No pause is longer.
    public let limit: Duration
    private var due: Duration

    /// - Parameters:
    ///   - first: The pause after a first failure; at most `limit`.
    ///   - limit: The longest pause.
    public init(from first: Duration, upTo limit: Duration) {
        precondition(first <= limit, "the first pause is the shortest one")
        self.first = first
        self.limit = limit
        due = first
    }

    /// The pause after one more failure; the one that follows is twice as long.
    public mutating func next() -> Duration {
        defer { due = min(due * 2, limit) }
        return due
    }

    /// After a success: the next failure is a first one.
    public mutating func reset() { due = first }
}
