/// Tells those who wait for a log *when* to try to take it over. Whose the log is, its epoch
/// decides; the lease only spares them from trying too early.
///
/// The lease is free when the process that had it is gone, however it went. A holder that is there
/// but has stalled is noticed by its heartbeat: a count that no longer grows.
public protocol WriterLease: Sendable {
    /// Takes the lease if it is free.
    ///
    /// - Returns: Whether this process has the lease now, or had it before.
    func take() async throws(LogError) -> Bool

    /// Counts a heartbeat of the holder. Costs no fsync: the count may be lost with the store.
    func beat() async throws(LogError)

    /// The number of heartbeats of all holders; 0 after the store has lost the count.
    func beats() async throws(LogError) -> UInt64

    /// Ends the session of another holder of the lease, so that it becomes free. Does nothing if
    /// there is none.
    func clear() async throws(LogError)

    /// Gives the lease up. Every later call throws `.closed`. Waits for nothing where its task is
    /// cancelled.
    func close() async
}
