public import Chain
public import Saga
public import Wire

/// A commit together with what its entries say.
///
/// The node that decides a batch hands it on as this to all that follow its log, once it is
/// durable: so the process that made a commit does not decode it. A commit that is read from the
/// log is decoded once, here.
public struct CommittedBatch<Fact: Hashable & Sendable>: Hashable, Sendable {
    /// The commit as the log holds it.
    public let commit: Commit
    /// One for each entry of ``commit``, in the same order.
    public let events: [Event<Fact>]

    /// Takes the events that were decided, so that nothing is decoded; they have to be those that
    /// the entries of `commit` encode.
    public init(_ commit: Commit, _ events: [Event<Fact>]) {
        precondition(
            commit.entries.count == events.count, "each entry of a commit is one event's encoding")
        self.commit = commit
        self.events = events
    }

    /// Reads a commit of the log.
    ///
    /// - Throws: The log is broken, or was written by a newer version.
    public init<P: WireParticipant>(
        decoding commit: Commit, for: P.Type
    ) throws(WireError) where P.Fact == Fact {
        self.init(commit, try commit.events(for: P.self))
    }
}
