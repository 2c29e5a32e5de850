public import Chain
public import Saga
public import Wire

extension Batch {
    /// The batch's events as one signed commit.
    ///
    /// - Parameters:
    ///   - head: The end of the log as the writer has it in memory, ahead of the disk.
    ///   - node: The one that writes the log.
    ///   - key: The one that the log names for this commit.
    ///   - for: The participant, in whose encoding facts are written.
    /// - Complexity: One signature per batch, two hashes per event.
    public func signed<P: WireParticipant>(
        after head: Head, by node: NodeName, key: SigningKey, for: P.Type
    ) -> Commit where P.Fact == Fact {
        .signed(
            events.map { ($0.saga, Event.encode($0, for: P.self)) }, after: head, node: node,
            timeline: timeline, time: time, inbox: inbox, key: key)
    }
}
