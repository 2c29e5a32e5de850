import Chain
import Engine
import JournalReader
import Links
import MessageBus
public import Saga
import Wire

/// The timelines of a log that others have seen: a new one has to have a higher number, or what was
/// said of one that is lost would be taken for it.
enum TimelinesSeen {
    /// People begin timelines: a higher number than that is no honest one.
    private static let numberMax: UInt64 = 1 << 32

    /// The highest number in the journal, and in what peers have accepted; 0 for none.
    ///
    /// A topic that is missing says nothing: perhaps it was lost with the log.
    ///
    /// - Parameters:
    ///   - keys: What the log is signed with, and was in former times.
    ///   - links: What the log says of the peers.
    static func newest<P: WireParticipant>(
        _ parts: Node<P>.Parts, bus: any MessageBus, keys: KeyRing, links: [NodeName: LinkInbox]
    ) async throws -> UInt64 {
        var newest = try await newestOfJournal(of: parts.configuration.node, bus, keys)
        for peer in parts.configuration.peers.sorted() {
            // The log may have lost the entry that names a newer key; people know it.
            let known = [links[peer]?.key, parts.peerKeys[peer]].compactMap(\.self)
            try await parts.readTopic(of: peer, behind: -1) { record in
                let number = accepted(in: record, of: peer, parts.configuration.node, known)
                newest = max(newest, number ?? 0)
            }
        }
        return newest
    }

    private static func newestOfJournal(
        of node: NodeName, _ bus: any MessageBus, _ keys: KeyRing
    ) async throws -> UInt64 {
        let topic = Topic.journal(of: node).name
        var survey = JournalSurvey(of: node, keys: keys)
        do {
            let held = try await bus.offsets(of: topic)
            try await bus.read(topic, from: held.lowerBound, to: held.upperBound) {
                survey.note($0)
            }
        } catch let error as BusError where error.isOfOneTopic {
            return 0
        }
        return survey.newest.map(\.header.timeline).max() ?? 0
    }

    /// The highest timeline of this node's that a record of a peer's topic accepts.
    private static func accepted(
        in record: Record, of peer: NodeName, _ node: NodeName, _ keys: [PublicKey]
    ) -> UInt64? {
        guard record.value.count <= Excerpt.bytesMaxOfOneEntry,
            let excerpt = try? Excerpt(decoding: record.value),
            excerpt.newest.header.node == peer, excerpt.receiver == node
        else { return nil }
        let numbers = excerpt.entries.compactMap { entry -> UInt64? in
            guard case .accepted(let accepted) = entry.says.what,
                accepted.timeline.number <= numberMax
            else { return nil }
            return accepted.timeline.number
        }
        guard let newest = numbers.max(), excerpt.isSigned(by: keys) else { return nil }
        return newest
    }
}

extension ForkID {
    /// 16 random bytes, from the system's source of randomness.
    public static func random() -> ForkID {
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max) }
        guard let fork = ForkID(bytes: bytes) else {
            preconditionFailure("a fork is named by as many bytes as it has")
        }
        return fork
    }
}
