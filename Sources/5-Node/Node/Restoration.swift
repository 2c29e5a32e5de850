public import Chain
public import Engine
public import EventLog
import JournalReader
public import MessageBus
public import Saga
public import Wire

/// Brings a log that was rewound, or lost with its disk, back to what its journal says.
///
/// The journal is published before any peer learns of a commit, so the restored log contradicts no
/// peer. What only an API client learned in the last moments before a disk was lost may be missing:
/// the client's next try under the same UUID then does it again.
public struct Restoration: Sendable {
    /// What was done.
    public struct Report: Hashable, Sendable {
        /// Entries that were appended.
        public let restored: Int
        /// Where the log ends now.
        public let end: Position
        /// What of the journal is not this bank's.
        public let passedOver: ForeignRecords
    }

    let node: NodeName
    let log: any EventLog
    let bus: any MessageBus
    let keys: KeyRing

    /// - Parameters:
    ///   - node: The one whose log it is.
    ///   - log: The log to restore; no other process may write it.
    ///   - bus: Holds the journal.
    ///   - keys: What the node signs its log with, and did in former times.
    public init(node: NodeName, log: any EventLog, bus: any MessageBus, keys: KeyRing) {
        self.node = node
        self.log = log
        self.bus = bus
        self.keys = keys
    }

    /// Records that are read at once: few enough for the memory they take.
    private static let recordsReadMax = 50
    private static let entriesReadMax = 10_000

    /// Appends what the journal holds beyond the log's end, every commit verified. Records that are
    /// not of this bank's log are passed over.
    ///
    /// Takes the log over, so a node that runs on it is fenced. Can be repeated after any failure.
    ///
    /// - Parameter progress: Told now and then how far the log goes by now.
    /// - Throws: `LogError`, `BusError`; ``IncompleteJournal`` — what could be appended was, and
    ///   the log is not all that the bank has signed.
    public func run(progress: (Position) -> Void = { _ in }) async throws -> Report {
        let topic = Topic.journal(of: node).name
        let held = try await bus.offsets(of: topic)
        var survey = JournalSurvey(of: node, keys: keys)
        try await bus.read(topic, from: held.lowerBound, to: held.upperBound) { survey.note($0) }
        var head = try await log.takeOver(from: log.head().epoch)
        let start = head.position
        var reader = JournalReader(after: try await newestLink(), survey)
        var reached: Position
        // Once more for what stood before the records that were missing.
        repeat {
            reached = reader.end.position
            var offset = held.lowerBound
            while offset < held.upperBound {
                let records = try await bus.records(
                    in: topic, from: offset, recordsMax: Self.recordsReadMax, wait: .zero)
                guard let last = records.last else { break }
                offset = last.offset + 1
                try await append(records.compactMap { reader.take($0) }, &head)
                progress(reader.end.position)
            }
        } while reader.end.position > reached && !isWhole(reader, survey)
        let report = Report(
            restored: Int(reader.end.position.number - start.number), end: reader.end.position,
            passedOver: ForeignRecords(
                unreadable: survey.unreadable, unsigned: survey.unsigned,
                unfitting: reader.unfitting))
        try await check(report, reader, survey)
        return report
    }

    func isWhole(_ reader: JournalReader, _ survey: JournalSurvey) -> Bool {
        survey.newest.allSatisfy { $0.header.last <= reader.end.position }
    }

    /// Makes sure that the log holds the newest commit of each key, of which the journal has proof.
    private func check(
        _ report: Report, _ reader: JournalReader, _ survey: JournalSurvey
    ) async throws {
        func incomplete(_ fault: IncompleteJournal.Fault) -> IncompleteJournal {
            IncompleteJournal(node: node, report: report, records: survey.records, fault: fault)
        }
        // A new bank has opened its log before it publishes.
        guard !survey.newest.isEmpty || survey.records == 0 && report.end > .start else {
            throw incomplete(.nothing)
        }
        for claim in survey.newest
        where !isRetired(claim, at: reader.end) && !survey.isReplaced(claim.header) {
            guard !reader.isForked, claim.header.timeline <= reader.end.timeline else {
                throw incomplete(.otherLog)
            }
            guard claim.header.last <= report.end else {
                throw incomplete(.gap(signedEnd: claim.header.last))
            }
            let commit = try await log.commit(endingAt: claim.header.last)
            guard commit?.hash == claim.hash else { throw incomplete(.otherLog) }
        }
    }

    /// Whether the claim's key was handed over before the log's end was signed: what an old key
    /// says besides may be anybody's.
    func isRetired(_ claim: WitnessedHeader, at end: Chain.Link) -> Bool {
        guard let signer = end.signer.flatMap({ keys.age(of: $0) }),
            let age = keys.age(of: claim.header.keyID)
        else { return false }
        return age > signer
    }

    /// Two approvers say that the wall clock is right: the way past a log that was written under a
    /// clock that was ahead, and past a correction that a node took for a fault.
    ///
    /// Takes the log over, so a node that runs on it is fenced.
    ///
    /// - Parameters:
    ///   - parts: What a node of this log would be started with.
    ///   - principal: The one who does it.
    ///   - approvers: At least two different names, as the principal gives them.
    /// - Returns: What was accepted; `nil` where the clock is trusted anyway, and nothing was done.
    public func acceptClock<P: WireParticipant>(
        _ parts: Node<P>.Parts, by principal: Principal, approvers: [String]
    ) async throws -> AcceptedClock? {
        precondition(Set(approvers).count >= 2, "the caller makes sure that two people approve")
        let clock = ClockGuard(parts.clock, parts.clockRecord)
        let floor = try await followed(parts).state.clockFloor
        guard clock.fault(floor: floor) != nil else { return nil }
        let (end, state) = try await takeOver(parts)
        var engine = Engine(parts.configuration, state: state)
        let batch = engine.acceptClock(
            by: principal, approvers: approvers, now: parts.clock.now())
        let signer = try parts.signer(of: engine.state)
        try await log.append(batch.signed(after: end, by: node, key: signer))
        clock.accept()
        return engine.state.clockAcceptance
    }

    func takeOver<P: WireParticipant>(
        _ parts: Node<P>.Parts
    ) async throws -> (LogEnd, State<P>) {
        let head = try await log.takeOver(from: log.head().epoch)
        let recovery = try await followed(parts)
        return (LogEnd(head, recovery.end.history), recovery.state)
    }

    private func followed<P: WireParticipant>(
        _ parts: Node<P>.Parts
    ) async throws -> Recovery<P> {
        var follower = Follower(parts)
        try await follower.advance()
        return try await follower.take()
    }

    /// The log's newest commit, verified, and the history that the next one continues.
    ///
    /// - Throws: `LogError` `.corrupt`: the log is not what was written, so it cannot be continued.
    /// - Complexity: Reads the whole log, since all its commits together make the history.
    func newestLink() async throws -> Chain.Link {
        var chain = Chain(node: node, keys: keys)
        while true {
            let commits = try await log.commits(
                after: chain.end.position, entriesMax: Self.entriesReadMax)
            if commits.isEmpty { return chain.end }
            do throws(ChainFault) {
                try chain.extend(with: commits)
            } catch {
                throw LogError(
                    .corrupt,
                    """
                    The log to restore is not what was written: \(error) Move it away, make an \
                    empty one and restore into that.
                    """,
                    cause: error)
            }
        }
    }

    /// Under the restorer's own epoch, which must not be below any commit's.
    private func append(_ commits: [Commit], _ head: inout Head) async throws {
        for commit in commits {
            while head.epoch < commit.header.epoch {
                head = try await log.takeOver(from: head.epoch)
            }
            try await log.startAppending(commit, as: head.epoch).outcome()
        }
    }
}
