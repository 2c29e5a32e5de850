import Chain
import Engine
import EventLog
import JournalReader
import Logging
import MessageBus
import Saga
import Wire

/// What is known outside the log of how far the log has come.
///
/// A log that is behind it, or holds something else at its place, was rewound: a restored backup, a
/// replica that was promoted too early. Such a log is found here, before it is opened for writing,
/// and not continued.
struct Evidence: Sendable {
    /// One commit that the log must hold, by what this node has signed or remembers.
    struct Claim: Hashable, Sendable {
        let timeline: UInt64
        let position: Position
        let commitHash: Hash
        /// Who signed it; `nil` for what this process knows by itself.
        let signer: KeyID?
        /// Who says so, for people.
        let source: String
    }

    /// One commit that the log must hold, by the word of a peer that has taken it.
    struct Reading: Hashable, Sendable {
        let peer: NodeName
        let header: HeaderName
    }

    let claims: [Claim]
    let readings: [Reading]
    private let keys: KeyRing

    /// This process's own: the newest commit that it knows to be durable.
    init(own newest: Claim?, keys: KeyRing) {
        self.keys = keys
        claims = newest.map { [$0] } ?? []
        readings = []
    }

    /// The journal's newest headers, one per key, and what peers have taken of this log: what they
    /// said of any commit that the cursors' is older than lies behind the cursors.
    ///
    /// The journal has what peers can know, since it is published before. So where it has spoken, a
    /// peer's topic that does not answer is passed over: one peer must not keep a bank from
    /// starting, or from opening its log again. Where it has not, peers are the only witnesses, and
    /// such a topic is waited for; but not longer than ``patience(_:)``.
    ///
    /// - Parameter known: By any commit of the log.
    init<P: WireParticipant>(
        gathering parts: Node<P>.Parts, behind known: KnownLinks
    ) async throws {
        claims = try await Self.newestOfJournal(parts)
        let patience = claims.isEmpty ? Self.patience(parts.settings) : nil
        readings = try await Self.readings(parts, behind: known, waiting: patience)
        keys = parts.keys
    }

    /// What peers have taken, of a log that was compared with its journal. A topic that does not
    /// answer is passed over: the start of the node reads it as well.
    init<P: WireParticipant>(
        ofPeers parts: Node<P>.Parts, behind known: KnownLinks
    ) async throws {
        claims = []
        readings = try await Self.readings(parts, behind: known, waiting: nil)
        keys = parts.keys
    }

    /// - Throws: ``LogError`` `.rewound`, which names the evidence and what to do.
    func check(_ log: any EventLog, of node: NodeName) async throws(LogError) {
        let head = try await log.head()
        let newest = try await log.commit(endingAt: head.position)?.header
        let timeline = newest?.timeline ?? 0
        for claim in claims where claim.timeline >= timeline && !isRetired(claim, at: newest) {
            guard claim.timeline == timeline else {
                throw .rewound(node, "has timeline \(claim.timeline)", head, claim.source)
            }
            guard claim.position <= head.position else {
                throw .rewound(node, "continues to entry \(claim.position)", head, claim.source)
            }
            let commit = try await log.commit(endingAt: claim.position)
            guard commit?.hash == claim.commitHash else {
                throw .rewound(
                    node, "holds another commit at \(claim.position)", head, claim.source)
            }
        }
        if let reading = try await contradiction(of: log) {
            throw .contradicted(node, by: reading, newest, head)
        }
    }

    /// The first commit that the log does not hold, or holds another in the place of, by the word
    /// of a peer.
    func contradiction(of log: any EventLog) async throws(LogError) -> Reading? {
        for reading in readings {
            let commit = try await log.commit(numbered: reading.header.commit)
            guard commit?.hash == reading.header.hash else { return reading }
        }
        return nil
    }

    /// Whether the claim's key was handed over before the log's end was signed: then the end
    /// stands for all before it, and what the old key says besides may be anybody's.
    private func isRetired(_ claim: Claim, at newest: CommitHeader?) -> Bool {
        guard let newest, let end = keys.age(of: newest.keyID),
            let age = claim.signer.flatMap({ keys.age(of: $0) })
        else { return false }
        return age > end
    }

    // MARK: - What peers have taken

    /// How long all peers' topics together are waited for: a minute, by default. A topic that moves
    /// from one broker to another is back by then.
    private static func patience(_ settings: NodeSettings) -> Duration {
        settings.restartPauseMax * 12
    }

    /// - Parameter patience: How long topics that do not answer are waited for; `nil`: not at all.
    private static func readings<P: WireParticipant>(
        _ parts: Node<P>.Parts, behind known: KnownLinks, waiting patience: Duration?
    ) async throws -> [Reading] {
        let end = patience.map { parts.clock.sinceBoot() + $0 }
        var readings: [Reading] = []
        for peer in parts.configuration.peers.sorted() {
            let found = try await reading(of: peer, parts, behind: known, waitingUntil: end)
            if let found { readings.append(found) }
        }
        return readings
    }

    private static func reading<P: WireParticipant>(
        of peer: NodeName, _ parts: Node<P>.Parts, behind known: KnownLinks,
        waitingUntil end: Duration?
    ) async throws -> Reading? {
        var retrier = Retrier(
            parts.settings, parts.clock, parts.logger,
            failed: "the journal is empty, and a peer's topic does not answer; retrying",
            recovered: nil)
        while true {
            do {
                let survey = try await ReadSurvey.of(peer, parts, behind: known)
                return survey?.newest.map { Reading(peer: peer, header: $0) }
            } catch let error as BusError where error.isRetryable {
                guard let end, parts.clock.sinceBoot() < end else {
                    // Without a bus there is no evidence either way: the start has to wait for it.
                    if end != nil { try await checkBus(parts) }
                    parts.warnNotCompared(peer, error)
                    return nil
                }
                try await retrier.pause(after: error, ["peer": "\(peer)"])
            }
        }
    }

    /// - Throws: `BusError`: no topic answers, not even the journal.
    private static func checkBus<P: WireParticipant>(_ parts: Node<P>.Parts) async throws {
        _ = try await parts.bus.offsets(of: Topic.journal(of: parts.configuration.node).name)
    }

    // MARK: - What the journal holds

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

extension LogError {
    /// A peer's word counts even where log and journal agree: `giro restore` makes them agree, also
    /// on a journal that was copied back without its end.
    fileprivate static func contradicted(
        _ node: NodeName, by reading: Evidence.Reading, _ newest: CommitHeader?, _ head: Head
    ) -> LogError {
        let (peer, commit) = (reading.peer, reading.header.commit)
        let remedy = IncompleteJournal.remedy(for: node, contradictedBy: peer, at: commit)
        return LogError(
            .rewound,
            """
            The log of \(node) ends with commit \(newest?.number ?? 0) (entry \(head.position)), \
            and its journal reaches no further, but \(peer) has signed that it took commit \
            \(commit) of this log, which is not in it. No money moves: the bank does not start on \
            this log. \(remedy)
            """)
    }

    fileprivate static func rewound(
        _ node: NodeName, _ claim: String, _ head: Head, _ source: String
    ) -> LogError {
        LogError(
            .rewound,
            """
            The log of \(node) ends at entry \(head.position), but \(source) has proof \
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
