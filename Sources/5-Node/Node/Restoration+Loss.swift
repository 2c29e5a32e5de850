import Chain
import Engine
import EventLog
import JournalReader
import MessageBus
public import Saga
public import Wire

extension Restoration {
    /// Continues the log as it is, although it is known to have been longer: the way past a journal
    /// that is lost as well. Every peer's operator has to accept it.
    ///
    /// - Parameters:
    ///   - parts: What a node of this log would be started with.
    ///   - fork: Names the new timeline; the same one never again.
    ///   - principal: The one who does it.
    ///   - approvers: At least two different names, as the principal gives them.
    /// - Returns: The number of the log's new timeline.
    /// - Throws: ``LossRefusal`` — nothing was changed: the log is empty, or the journal still has
    ///   what would be lost; `LogError`, `BusError`.
    public func acceptLoss<P: WireParticipant>(
        _ parts: Node<P>.Parts, as fork: ForkID = .random(), by principal: Principal,
        approvers: [String]
    ) async throws -> UInt64 {
        precondition(Set(approvers).count >= 2, "the caller checks that two people approve")
        try await checkIsLost()
        let (end, state) = try await takeOver(parts)
        let seen = try await TimelinesSeen.newest(
            parts, bus: bus, keys: keys, links: state.links)
        let number = max(state.timeline?.number ?? 0, seen) + 1
        var engine = Engine(parts.configuration, state: state)
        // A clock that cannot be trusted must not date the log.
        let clock = ClockGuard(parts.clock, parts.clockRecord)
        let isTrusted = clock.fault(floor: state.clockFloor) == nil
        let batch = engine.startTimeline(
            fork: fork, number: number, after: end.head.commitHash, by: principal,
            approvers: approvers, now: isTrusted ? parts.clock.now() : state.clockFloor)
        let signer = try parts.signer(of: engine.state)
        try await log.append(batch.signed(after: end, by: node, key: signer))
        return number
    }

    /// Makes sure that what people accept as lost is lost, before anything is changed.
    ///
    /// A journal that proves a longer log, and has a gap where it would continue this one, is no
    /// reason to refuse: restoring it has failed, or would.
    ///
    /// - Complexity: Reads the log once, and the journal as often as ``run(progress:)`` does.
    private func checkIsLost() async throws {
        guard try await log.head().position > .start else {
            throw LossRefusal(node: node, reason: .emptyLog)
        }
        guard let held = try await journalOffsets() else { return }
        var survey = JournalSurvey(of: node, keys: keys)
        try await bus.read(
            Topic.journal(of: node).name, from: held.lowerBound, to: held.upperBound
        ) { survey.note($0) }
        let end = try await newestLink()
        let continued = try await reach(behind: end, held, survey)
        guard continued == end.position else {
            throw LossRefusal(node: node, reason: .journalContinues(through: continued))
        }
        let claims = survey.newest.filter { claim in
            !isRetired(claim, at: end) && !survey.isReplaced(claim.header)
                && claim.header.timeline >= end.timeline
        }
        guard try await lacksAny(of: claims) else { return }
        let whole = try await reach(behind: .start, held, survey)
        guard claims.contains(where: { $0.header.last > whole }) else {
            throw LossRefusal(node: node, reason: .otherHistory(through: whole))
        }
    }

    /// - Returns: `nil` where there is no journal. One that cannot be read for another reason, such
    ///   as a right that is missing, may hold all of the log: that is an error.
    private func journalOffsets() async throws(BusError) -> Range<Int64>? {
        do throws(BusError) {
            return try await bus.offsets(of: Topic.journal(of: node).name)
        } catch {
            guard error.code == .topicMissing else { throw error }
            return nil
        }
    }

    /// The end of the log that the journal makes of one that ends there; nothing is appended.
    private func reach(
        behind end: Chain.Link, _ held: Range<Int64>, _ survey: JournalSurvey
    ) async throws -> Position {
        var reader = JournalReader(after: end, survey)
        var reached: Position
        repeat {
            reached = reader.end.position
            try await bus.read(
                Topic.journal(of: node).name, from: held.lowerBound, to: held.upperBound
            ) { _ = reader.take($0) }
        } while reader.end.position > reached && !isWhole(reader, survey)
        return reader.end.position
    }

    private func lacksAny(of claims: [WitnessedHeader]) async throws(LogError) -> Bool {
        for claim in claims {
            let commit = try await log.commit(endingAt: claim.header.last)
            if commit?.hash != claim.hash { return true }
        }
        return false
    }
}

/// A loss that cannot be accepted. Nothing was changed.
public struct LossRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why not.
    public enum Reason: Hashable, Sendable {
        /// The log has no entry that a timeline could begin behind.
        case emptyLog
        /// The journal continues the log up to there: that is not lost.
        case journalContinues(through: Position)
        /// The journal holds all of another history of the log, up to there: that is not lost.
        case otherHistory(through: Position)
    }

    /// The bank whose log it is.
    public let node: NodeName
    /// The first reason.
    public let reason: Reason

    /// Says what happened, what it means for the money and what to do.
    public var description: String {
        switch reason {
        case .emptyLog:
            """
            The log is empty, and nothing can continue an empty log: nothing was changed. Restore \
            it first: giro restore \(node). \(Self.remedyWithoutBoth(for: node))
            """
        case .journalContinues(let end):
            """
            journal.\(node) continues the log up to entry \(end), so that is not lost: nothing was \
            changed. Restore it first: giro restore \(node). To accept a loss now would discard \
            payments that clients and peers have seen.
            """
        case .otherHistory(let end):
            """
            journal.\(node) holds another history of the log, whole and up to entry \(end), so \
            that is not lost: nothing was changed. This log was continued from an earlier state. \
            Move it away, make an empty one and restore into that: giro restore \(node)
            """
        }
    }

    /// What is left to do where neither log nor journal is.
    static func remedyWithoutBoth(for node: NodeName) -> String {
        """
        Where the journal is lost as well, put back any backup of the log, however old: its \
        loss can be accepted (--accept-loss). Where there is none, the bank cannot continue under \
        its name: its peers have taken entries that a new log contradicts, and suspend it. Do not \
        start it. Set up a bank under another name (giro init), have each peer's operator stop \
        this one (giro peer stop PEER \(node)), and settle by hand what the peers' books show for \
        it (giro books, giro peer settle).
        """
    }
}
