import Chain
import Engine
import Links
import Logging
import MessageBus
import Saga
import Wire

/// What a log says of its links, as far as it was folded: how far peers' topics were read, and
/// which of their keys count.
struct KnownLinks: Sendable {
    var inboxes: [NodeName: Int64] = [:]
    var links: [NodeName: LinkInbox] = [:]
}

/// What a peer's topic says of this log: the newest commit of it that the peer has taken.
///
/// Strangers may write to the topic, and show again what stood there. So a `read` counts only in an
/// excerpt that the peer's key of record has signed, behind all that was taken of the peer; and
/// while the peer has not accepted a new timeline of this log, only behind the entry that does:
/// before that it may name what this log has lost.
struct ReadSurvey: Sendable {
    /// Excerpts that are kept to check the newest of them first.
    private static let uncheckedBytesMax = 4 << 20

    private let link: LinkInbox
    /// A `read` counts behind this entry of the peer's log; `nil`: none does yet.
    private var start: Position?
    private var unchecked: [Excerpt] = []
    private var uncheckedBytes = 0
    private var found: HeaderName?

    init(_ link: LinkInbox) {
        self.link = link
        if link.awaited == nil { start = link.newest?.header.last ?? .start }
    }

    /// Looks at the next record of the topic.
    mutating func note(_ record: Record) {
        guard record.value.count <= Excerpt.bytesMaxOfOneEntry,
            let excerpt = try? Excerpt(decoding: record.value),
            excerpt.newest.header.node == link.peer, excerpt.receiver == link.node,
            excerpt.newest.header.keyID == link.key.keyID,
            excerpt.newest.header.timeline >= link.newest?.header.timeline ?? 0
        else { return }
        if start == nil, let answer = place(ofAcceptanceIn: excerpt), isGenuine(excerpt) {
            start = answer
        }
        guard let start, let read = excerpt.read, read.position > start,
            read.read.header.commit > found?.commit ?? 0
        else { return }
        unchecked.append(excerpt)
        uncheckedBytes += record.value.count
        if uncheckedBytes > Self.uncheckedBytesMax { check() }
    }

    /// The newest commit that the peer has taken, by what was looked at so far.
    var newest: HeaderName? {
        var survey = self
        survey.check()
        return survey.found
    }

    /// What takes long is to check a signature: so the newest of many is looked for from the end.
    private mutating func check() {
        let named = unchecked.compactMap { excerpt in
            excerpt.read.map { (excerpt: excerpt, header: $0.read.header) }
        }
        for (excerpt, header) in named.sorted(by: { $0.header.commit > $1.header.commit })
        where header.commit > found?.commit ?? 0 && isGenuine(excerpt) {
            found = header
        }
        (unchecked, uncheckedBytes) = ([], 0)
    }

    private func place(ofAcceptanceIn excerpt: Excerpt) -> Position? {
        guard let fork = link.awaited?.fork else { return nil }
        for entry in excerpt.entries {
            if case .accepted(let accepted) = entry.says.what, accepted.timeline.fork == fork {
                return entry.position
            }
        }
        return nil
    }

    private func isGenuine(_ excerpt: Excerpt) -> Bool {
        excerpt.isSigned(by: [link.key])
    }
}

extension ReadSurvey {
    /// Reads a peer's topic behind the cursor. One that is missing, unlike it must be or closed to
    /// this node says nothing: one unusable peer must not keep a bank from starting.
    ///
    /// - Returns: `nil` where nothing is known of the peer, and where the log itself says that the
    ///   peer has denied one of the two logs: people know of it, and until they have settled it,
    ///   nothing of the peer counts, also not as evidence.
    static func of<P: WireParticipant>(
        _ peer: NodeName, _ parts: Node<P>.Parts, behind known: KnownLinks
    ) async throws -> ReadSurvey? {
        guard let link = known.links[peer] else { return nil }
        if case .denied = link.suspension { return nil }
        var survey = ReadSurvey(link)
        try await parts.readTopic(of: peer, behind: known.inboxes[peer] ?? -1) { survey.note($0) }
        return survey
    }
}

extension Node.Parts {
    /// Reads a peer's topic to this node, unless that topic alone cannot be read.
    ///
    /// - Parameter offset: Of the newest record that is left out; -1 for none.
    func readTopic(
        of peer: NodeName, behind offset: Int64, _ body: (Record) -> Void
    ) async throws {
        let topic = Topic.transfers(from: peer, to: configuration.node).name
        do {
            let held = try await offsets(of: topic)
            let start = max(held.lowerBound, offset + 1)
            // A topic that was emptied may be shorter than the cursor: then it is read as a whole.
            try await bus.read(
                topic, from: start <= held.upperBound ? start : held.lowerBound,
                to: held.upperBound
            ) { body($0.record) }
        } catch let error as BusError where error.isOfOneTopic {
            warnNotCompared(peer, error)
        }
    }

    func warnNotCompared(_ peer: NodeName, _ error: BusError) {
        logger.warning(
            "a peer's topic cannot be read, so what it knows of this log is not compared",
            metadata: ["peer": "\(peer)", "error": "\(error)"])
    }

    /// A connection that broke while nothing was read says so now, once for each topic. If each
    /// cost a whole try of the start, many peers would cost many pauses.
    private func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        do throws(BusError) {
            return try await bus.offsets(of: topic)
        } catch {
            guard error.isRetryable else { throw error }
            return try await bus.offsets(of: topic)
        }
    }
}

extension BusError {
    /// Whether an operator has to put that topic in order, and others may work. In a folder each
    /// topic is a file, and each file has its schema.
    var isOfOneTopic: Bool {
        [.topicMissing, .topicDiffers, .notAuthorized, .newerSchema].contains(code)
    }
}

extension Excerpt {
    /// Whether one of these keys signed it, and it proves what it shows.
    func isSigned(by keys: [PublicKey]) -> Bool {
        let header = newest.header
        guard let key = keys.first(where: { $0.keyID == header.keyID }),
            key.isValid(newest.signed.signature, for: newest.signed.bytes)
        else { return false }
        do throws(ExcerptFault) {
            try verify()
            return true
        } catch {
            return false
        }
    }
}
