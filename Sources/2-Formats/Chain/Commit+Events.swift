public import Saga
public import Wire

extension Commit {
    /// What the entries say.
    ///
    /// - Throws: The log is broken, or was written by a newer version.
    public func events<P: WireParticipant>(
        for: P.Type
    ) throws(WireError) -> [Event<P.Fact>] {
        var events: [Event<P.Fact>] = []
        events.reserveCapacity(entries.count)
        for entry in entries {
            events.append(try .decode(entry.parts, saga: entry.saga, for: P.self))
        }
        return events
    }
}
