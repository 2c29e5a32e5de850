import Chain
import Engine
import EventLog
import JournalReader
import Logging
import MessageBus
import PeerProtocol
import Saga
import Wire

/// What is known outside the log of how far the log has come.
///
/// A log that is behind it, or holds something else at its place, was rewound: a restored backup, a
/// replica that was promoted too early. Such a log is found here, before it is opened for writing,
/// and not continued.
struct Evidence: Sendable {
    /// One commit that the log must hold.
    struct Claim: Hashable, Sendable {
        let timeline: UInt64
        let position: Position
        let commitHash: Hash
        /// Who signed it; `nil` for what this process knows by itself.
        let signer: KeyID?
        /// Who says so, for people.
        let source: String
    }

    let claims: [Claim]
    private let keys: KeyRing

    /// This process's own: the newest commit that it knows to be durable.
    init(own newest: Claim?, keys: KeyRing) {
        self.keys = keys
        claims = newest.map { [$0] } ?? []
    }

    /// The journal's newest headers, one per key, and what peers say they hold of this log: their
    /// echoes lie behind the cursors of any commit that they are newer than.
    ///
    /// The journal has what peers can know, since it is published before. So where it has spoken, a
    /// peer's topic that does not answer is passed over: one peer must not keep a bank from
    /// starting, or from opening its log again.
    ///
    /// - Parameter inboxes: Cursors of any commit of the log.
    init<P: WireParticipant>(
        gathering parts: Node<P>.Parts, behind inboxes: [NodeName: InboxCursor]
    ) async throws {
        let journal = try await Self.newestOfJournal(parts)
        var claims = journal
        for peer in parts.configuration.peers.sorted() {
            do {
                claims += try await Self.newestEchoes(of: peer, parts, behind: inboxes[peer])
            } catch let error as BusError where error.isRetryable && !journal.isEmpty {
                Self.warn(of: peer, error, parts)
            }
        }
        self.claims = claims
        keys = parts.keys
    }

    /// - Throws: ``LogError`` `.rewound`, which names the evidence and what to do.
    func check(_ log: any EventLog, of node: NodeName) async throws(LogError) {
        let head = try await log.head()
        let newest = try await log.commit(endingAt: head.position)?.header
        let timeline = newest?.timeline ?? 0
        for claim in claims where claim.timeline >= timeline && !isRetired(claim, at: newest) {
            guard claim.timeline == timeline else {
                throw .rewound(node, "has timeline \(claim.timeline)", head, claim)
            }
            guard claim.position <= head.position else {
                throw .rewound(node, "continues to entry \(claim.position)", head, claim)
            }
            let commit = try await log.commit(endingAt: claim.position)
            guard commit?.hash == claim.commitHash else {
                throw .rewound(node, "holds another commit at \(claim.position)", head, claim)
            }
        }
    }

    /// Whether the claim's key was handed over before the log's end was signed: then the end
    /// stands for all before it, and what the old key says besides may be anybody's.
    private func isRetired(_ claim: Claim, at newest: CommitHeader?) -> Bool {
        guard let newest, let end = keys.age(of: newest.keyID),
            let age = claim.signer.flatMap({ keys.age(of: $0) })
        else { return false }
        return age > end
    }

    /// The newest records of the topic are enough where only this node wrote them: one behind the
    /// other, and no more records than commits: offsets begin at 0, commits at 1. Else all of it is
    /// read, or what others write, also true records once more, could hide how far the log has
    /// come.
    ///
    /// Numbers are read before signatures are checked, and may be forged. That hides nothing: where
    /// the last is as high as there are records, each record of the tail from a signed one on
    /// stands at the offset of its number, so a newer commit of this node is among them or nowhere.
    private static func newestOfJournal<P: WireParticipant>(
        _ parts: Node<P>.Parts
    ) async throws -> [Claim] {
        let topic = Topic.journal(of: parts.configuration.node).name
        let held = try await parts.bus.offsets(of: topic)
        let tail = max(held.lowerBound, held.upperBound - parts.settings.journalTail)
        var found = try await headers(of: topic, from: tail, to: held.upperBound, parts)
        let isWhole =
            found.isOrderly && found.last.map { Int64(clamping: $0) >= held.upperBound } ?? false
        if tail > held.lowerBound, found.newest.isEmpty || !isWhole {
            found = try await headers(
                of: topic, from: held.lowerBound, to: held.upperBound, parts)
        }
        return found.newest.map { Claim($0, source: "the journal") }
    }

    private static func headers<P: WireParticipant>(
        of topic: String, from start: Int64, to end: Int64, _ parts: Node<P>.Parts
    ) async throws -> (newest: [WitnessedHeader], last: UInt64?, isOrderly: Bool) {
        let (node, keys) = (parts.configuration.node, parts.keys)
        var newest: [WitnessedHeader] = []
        var unchecked: [WitnessedHeader] = []
        var last: UInt64?
        var isOrderly = true
        try await parts.bus.read(topic, from: start, to: end) { delivered in
            guard let record = try? CommitRecord(delivered.record.value),
                let header = try? WitnessedHeader(record)
            else {
                isOrderly = false
                return
            }
            let number = header.header.number
            isOrderly = isOrderly && number == last.map { $0 + 1 } ?? number
            last = number
            unchecked.append(header)
            guard unchecked.count == Self.uncheckedMax else { return }
            newest = Self.newest(of: newest + unchecked, signedAs: node, keys)
            unchecked = []
        }
        return (Self.newest(of: newest + unchecked, signedAs: node, keys), last, isOrderly)
    }

    /// Of each key's headers the newest that it has signed: looked for from the end, since what
    /// takes long is to check a signature.
    private static func newest(
        of headers: [WitnessedHeader], signedAs node: NodeName, _ keys: KeyRing
    ) -> [WitnessedHeader] {
        var newest: [KeyID: WitnessedHeader] = [:]
        for header in headers.sorted(by: { $0.isAfter($1) }) {
            let key = header.header.keyID
            guard newest[key] == nil, header.isOf(node, signedBy: keys) else { continue }
            newest[key] = header
        }
        return newest.inOrder
    }

    /// Headers that are kept to check the newest of them first.
    private static let uncheckedMax = 5_000

    /// A peer whose topic is missing, unlike it must be or closed to this node says nothing: one
    /// unusable peer must not keep a bank from starting.
    private static func newestEchoes<P: WireParticipant>(
        of peer: NodeName, _ parts: Node<P>.Parts, behind cursor: InboxCursor?
    ) async throws -> [Claim] {
        let topic = Topic.transfers(from: peer, to: parts.configuration.node).name
        do {
            do {
                return try await newestEchoes(in: topic, of: peer, parts, behind: cursor)
            } catch let error as BusError where error.isRetryable {
                // A connection that broke while nothing was read says so now, once for each topic.
                // If each cost a whole try of the start, many peers would cost many pauses.
                return try await newestEchoes(in: topic, of: peer, parts, behind: cursor)
            }
        } catch let error as BusError where error.isOfOneTopic {
            warn(of: peer, error, parts)
            return []
        }
    }

    private static func warn<P: WireParticipant>(
        of peer: NodeName, _ error: BusError, _ parts: Node<P>.Parts
    ) {
        parts.logger.warning(
            "a peer's topic cannot be read, so what it knows of this log is not compared",
            metadata: ["peer": "\(peer)", "error": "\(error)"])
    }

    private static func newestEchoes<P: WireParticipant>(
        in topic: String, of peer: NodeName, _ parts: Node<P>.Parts, behind cursor: InboxCursor?
    ) async throws -> [Claim] {
        let held = try await parts.bus.offsets(of: topic)
        let start = max(held.lowerBound, (cursor?.offset ?? -1) + 1)
        let envelope = Envelope(node: parts.configuration.node, secrets: parts.secrets)
        let (node, keys) = (parts.configuration.node, parts.keys)
        var newest: [WitnessedHeader] = []
        var unchecked: [WitnessedHeader] = []
        // A topic that was emptied may be shorter than the cursor: then it is read as a whole.
        try await parts.bus.read(
            topic, from: start <= held.upperBound ? start : held.lowerBound, to: held.upperBound
        ) { delivered in
            guard let echo = envelope.echo(in: delivered.record, from: peer) else { return }
            unchecked.append(echo)
            guard unchecked.count == Self.uncheckedMax else { return }
            newest = Self.newest(of: newest + unchecked, signedAs: node, keys)
            unchecked = []
        }
        return Self.newest(of: newest + unchecked, signedAs: node, keys)
            .map { Claim($0, source: "\(peer)") }
    }
}

extension Evidence.Claim {
    /// What a process knows by itself.
    init(own commit: Commit) {
        self.init(
            timeline: commit.header.timeline, position: commit.header.last,
            commitHash: commit.hash, signer: nil, source: "this process")
    }

    fileprivate init(_ header: WitnessedHeader, source: String) {
        self.init(
            timeline: header.header.timeline, position: header.header.last,
            commitHash: header.hash, signer: header.header.keyID, source: source)
    }
}

extension [KeyID: WitnessedHeader] {
    /// The newest first.
    fileprivate var inOrder: [WitnessedHeader] { values.sorted { $0.isAfter($1) } }
}

extension WitnessedHeader {
    /// The order of a log's headers is that of timeline, then position.
    fileprivate func isAfter(_ other: WitnessedHeader) -> Bool {
        (header.timeline, header.last) > (other.header.timeline, other.header.last)
    }
}

extension BusError {
    /// Whether an operator has to put that topic in order, and others may work.
    fileprivate var isOfOneTopic: Bool {
        [.topicMissing, .topicDiffers, .notAuthorized].contains(code)
    }
}

extension LogError {
    fileprivate static func rewound(
        _ node: NodeName, _ claim: String, _ head: Head, _ evidence: Evidence.Claim
    ) -> LogError {
        LogError(
            .rewound,
            """
            The log of \(node) ends at entry \(head.position), but \(evidence.source) has proof \
            that it \(claim): it was rewound, by a restored backup or a replica that was promoted \
            too early. Restore it from the journal: giro restore \(node)
            """)
    }
}

extension MessageBus {
    /// Every record from one offset to another, in order.
    func read(
        _ topic: String, from start: Int64, to end: Int64, _ body: (DeliveredRecord) throws -> Void
    ) async throws {
        var offset = start
        while offset < end {
            let records = try await records(
                in: topic, from: offset, recordsMax: 500, wait: .zero)
            guard let last = records.last else { return }
            for record in records { try body(record) }
            offset = last.offset + 1
        }
    }
}
