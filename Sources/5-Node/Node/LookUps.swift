/// How often the log may be asked for commits that a peer's records name, in a second.
///
/// The history's file has every commit of this log, and costs next to nothing. A header that it
/// lacks costs the log up to 64 look-ups, each of a whole commit, and a stranger can make one up
/// with every record that a topic takes: before a signature is checked, since an answer comes with
/// the record. So what one topic can cause is bounded. Where the bound is reached nothing is known
/// of a header, and nothing may follow from that: its record is passed over as one that was lost,
/// and a peer shows that again.
struct LookUps: Sendable {
    /// An honest peer needs none, but while the file is filled one for each header that it names.
    static let perSecond = 8

    private var left = perSecond
    private var renewedAt = Duration.zero

    /// - Parameter now: Time since the machine started.
    /// - Returns: Whether the log may be asked now.
    mutating func spend(at now: Duration) -> Bool {
        if now - renewedAt >= .seconds(1) { (left, renewedAt) = (Self.perSecond, now) }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
