import EventLog
import MessageBus
import Saga
public import Wire

extension Restoration {
    /// Makes sure that no peer has signed that it took a commit which the restored log lacks: a
    /// journal may have lost its end as well, and then only peers know.
    ///
    /// A peer's topic that does not answer is passed over: the start of the bank compares again.
    ///
    /// - Parameters:
    ///   - parts: What a node of this log would be started with.
    ///   - report: What ``run(progress:)`` has done.
    /// - Throws: ``IncompleteJournal``; `LogError`, `BusError`.
    public func comparePeers<P: WireParticipant>(
        _ parts: Node<P>.Parts, after report: Report
    ) async throws {
        var follower = Follower(parts)
        let known = try await follower.knownLinks()
        let evidence = try await Evidence(ofPeers: parts, behind: known)
        guard let reading = try await evidence.contradiction(of: log) else { return }
        let held = try await bus.offsets(of: Topic.journal(of: node).name)
        throw IncompleteJournal(
            node: node, report: report, records: Int(held.upperBound - held.lowerBound),
            fault: .contradicted(by: reading.peer, commit: reading.header.commit))
    }
}
