public import Chain
public import Saga
public import Wire

/// What a durable commit sends out: its entries to the journal, and the messages that follow from
/// them. Both are functions of the commit alone.
public struct Outgoing: Sendable {
    /// The commit as it was made durable.
    public let commit: Commit
    /// The messages in the order of the entries that they follow from.
    public let messages: [Message]
    /// Peers' headers that the commit keeps: what is echoed to them from now on.
    public let witnessed: [(peer: NodeName, header: SignedHeader)]

    /// Takes the events that were decided, so that nothing is decoded; they have to be those of
    /// `commit`.
    public init(_ commit: Commit, _ events: [Event<some Hashable & Sendable>]) {
        self.commit = commit
        messages = events.compactMap { $0.message(from: commit.header.node) }
        witnessed = events.compactMap { event in
            if case .witnessed(let peer, let header) = event { (peer, header) } else { nil }
        }
    }

    /// From the log.
    ///
    /// - Throws: The log is broken, or was written by a newer version.
    public init<P: WireParticipant>(_ commit: Commit, for: P.Type) throws(WireError) {
        self.init(commit, try commit.events(for: P.self))
    }
}
