import Chain
import Links
import Randomness
import Saga

extension LinkWorld {
    /// A node takes a record, as its shell would, and the claims are checked.
    mutating func receive(_ me: Int, _ excerpt: Excerpt) throws {
        let log = parties[me].durableLog
        let party = parties[me]
        let entriesMax = Int.random(in: 0..<5, using: &random) == 0 ? 1 : Int.max
        var outcome = parties[me].inbox.take(
            excerpt, entriesMax: entriesMax, given: log.entries.compactMap(\.says.number).last ?? 0,
            holds: log.holds)
        if let defect { outcome = try distort(me, excerpt, outcome, by: defect) }
        outcomes.insert(String("\(outcome)".prefix(while: { $0 != "(" })))
        switch outcome {
        case .taken(let taking): try take(me, excerpt, taking, before: party)
        case .heard(let read): try hear(me, excerpt, read)
        case .forked(let fork):
            guard parties[1 - me].survived != nil else { throw Claim.suspectsOnlyLoss }
            parties[me].outbox.isSuspended = true
            try parties[me].commit([], [.suspended(.forked(fork))])
        case .answered(let fork):
            try parties[me].commit(
                [parties[me].accepted(fork.timeline.name)], [.accepted(fork.timeline.name)])
        case .denied: throw Claim.suspectsOnlyLoss
        case .nothing(let reason):
            if reason == .timelineUnderOtherKey { parties[me].unknownFork = excerpt }
        }
        if isAnsweredAgain(outcome) { parties[me].outbox.sayAgain(now: now) }
        guard parties[me].inbox.recorded == parties[me].foldedInbox(of: parties[me].log) else {
            throw Claim.isFold
        }
    }

    private func isAnsweredAgain(_ outcome: LinkOutcome) -> Bool {
        switch defect {
        case .onlyAGapIsAnswered: outcome == .nothing(.gap)
        case .retiredKeyUnanswered: outcome != .nothing(.otherKey) && outcome.isAnsweredAgain
        default: outcome.isAnsweredAgain
        }
    }

    private mutating func hear(_ me: Int, _ excerpt: Excerpt, _ read: Read) throws {
        guard isGenuine(excerpt.newest, of: 1 - me) else { throw Claim.isGenuine }
        hear(me, read)
        try checkAcknowledged(me)
    }

    private mutating func hear(_ me: Int, _ read: Read) {
        let log = parties[me].durableLog
        let isAnyTimeline = defect == .oldTimelineAcknowledges
        parties[me].outbox.hear(read, now: now) { isAnyTimeline || log.holds($0) }
    }

    private mutating func take(
        _ me: Int, _ excerpt: Excerpt, _ taking: LinkTaking, before: Party
    ) throws {
        try check(taking, of: excerpt, by: before, from: 1 - me)
        var drafts = [Draft.own]
        var records = taking.records
        if let name = taking.accepts, defect != .goesOnSilently {
            drafts.append(parties[me].accepted(name))
        }
        drafts += parties[me].read(records)
        if defect != nil, parties[me].inbox != before.inbox { records = difference(me, records) }
        try parties[me].commit(drafts, records)
        let commit = parties[me].log.count
        parties[me].taken += taking.entries.map { Party.Taken(commit: commit, entry: $0) }
        note(me, number: taking.entries.last?.says.number ?? 0, head: excerpt.newest.name)
        if let heard = taking.heard {
            hear(me, heard)
            try checkAcknowledged(me)
        }
        if taking.records.contains(.answered) { parties[me].outbox.timelineIsAccepted() }
        guard parties[me].inbox.next == parties[me].standing.number + 1 else {
            throw Claim.isComplete
        }
    }

    /// A distorted inbox may have moved by more than the records say: its log says so too.
    private func difference(_ me: Int, _ records: [LinkRecord]) -> [LinkRecord] {
        var folded = parties[me].foldedInbox(of: parties[me].log)
        for record in records { folded.apply(record) }
        let inbox = parties[me].inbox
        guard folded != inbox, let newest = inbox.newest else { return records }
        let read = Read(
            number: inbox.next - 1, header: newest.name, acknowledged: inbox.acknowledged)
        return records + [.keyCompared(inbox.key), .read(read, newest)]
    }

    /// Where a node stands from its newest commit on. What it took behind that counts no more.
    mutating func note(_ me: Int, number: UInt64, head: HeaderName) {
        let commit = parties[me].log.count
        parties[me].taken.removeAll { $0.entry.says.number ?? 0 > number }
        parties[me].standings.append(.init(commit: commit, number: number, head: head))
    }

    // MARK: - Claims

    func isDurable(_ entry: ShownEntry, of other: Int) -> Bool {
        parties[other].histories.contains { $0.entries.contains(entry) }
    }

    private func isGenuine(_ header: WitnessedHeader, of other: Int) -> Bool {
        parties[other].histories.contains { $0.holds(header.name) }
            || parties[other].log.holds(header.name)
    }

    private func check(
        _ taking: LinkTaking, of excerpt: Excerpt, by before: Party, from other: Int
    ) throws {
        let sender = parties[other]
        guard isGenuine(excerpt.newest, of: other) else { throw Claim.isGenuine }
        guard let log = sender.histories.first(where: { $0.holds(excerpt.newest.name) }) else {
            throw Claim.takenIsDurable
        }
        let isAccepted = before.inbox.awaited != nil
        let numbers = taking.entries.compactMap(\.says.number)
        for (index, entry) in taking.entries.enumerated() {
            guard log.entries.contains(entry) else { throw Claim.isComplete }
            let expected = isAccepted ? numbers.first ?? 0 : before.standing.number + 1
            guard numbers[index] == expected + UInt64(index) else { throw Claim.inOrder }
            // Of the timeline that stands: the sender's log has it, or had it until a loss that
            // this node has not yet accepted.
            guard isAccepted || !isCutOff(entry, before, sender) else {
                throw Claim.takenIsDurable
            }
        }
        guard let head = before.standing.head, !isAccepted else { return }
        let isInHistory =
            head.commit <= excerpt.newest.header.number && log.holds(head)
        guard isInHistory else { throw Claim.oneBranch }
    }

    /// Whether a node that stands in the new timeline takes what that lacks.
    private func isCutOff(_ entry: ShownEntry, _ reader: Party, _ sender: Party) -> Bool {
        guard let head = reader.standing.head, let timeline = sender.timeline,
            let commit = sender.durableLog.commits.dropFirst(Int(head.commit) - 1).first,
            commit.header.name == head, commit.header.header.timeline == timeline.number
        else { return false }
        return !sender.durableLog.entries.contains(entry)
    }

    /// What the sender takes for acknowledged is on the receiver's disk, of the same timeline.
    private func checkAcknowledged(_ me: Int) throws {
        let (party, reader) = (parties[me], parties[1 - me])
        let number = party.outbox.acknowledged
        let accepted = party.log.entries.last { entry in
            if case .accepted = entry.says.what { true } else { false }
        }?.says.number
        let hasLost = reader.survived != nil && party.inbox.accepted != reader.timeline
        guard number > 0, number >= accepted ?? 0, !hasLost else { return }
        let entry = party.log.entries.first { $0.says.number == number }
        let isTaken = reader.taken.contains { $0.commit <= reader.durable && $0.entry == entry }
        guard isTaken else { throw Claim.acknowledgedIsTaken }
    }
}
