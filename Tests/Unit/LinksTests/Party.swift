import Chain
import Links
import Saga

/// A node as far as its link to one peer goes: log, inbox and outbox, in memory and on disk.
struct Party {
    /// What of the peer's log a commit of the own log has taken, for the claims.
    struct Taken {
        /// The own commit that says so.
        let commit: Int
        let entry: ShownEntry
    }

    /// Where the node stands in the peer's log, for the claims.
    struct Standing {
        let commit: Int
        let number: UInt64
        let head: HeaderName?
    }

    let name: NodeName
    let peer: NodeName
    let keys: [SigningKey]
    let peerKey: PublicKey
    var log: TestLog
    /// How many commits are on the disk.
    var durable = 0
    /// The key that signs the next commit; the newest that ever was durable.
    var keyIndex = 0
    var newestKeyIndex = 0
    var keyIndexAtLoss = 0
    var timeline: TimelineName?
    /// How many entries survived the loss.
    var survived: UInt64?
    var inbox: LinkInbox
    var outbox: LinkOutbox
    /// How many commits the outbox knows.
    var offered = 0
    /// The logs of timelines that ended, as far as they were durable.
    var ended: [TestLog] = []
    var taken: [Taken] = []
    var standings = [Standing(commit: 0, number: 0, head: nil)]
    /// A new timeline of the peer's under a key that is not known.
    var unknownFork: Excerpt?
    /// What people accepted of the peer's timelines.
    var reads: [Read] = []

    init(_ name: NodeName, peer: NodeName, keys: [SigningKey], peerKey: PublicKey) {
        self.name = name
        self.peer = peer
        self.keys = keys
        self.peerKey = peerKey
        log = TestLog(of: name)
        inbox = LinkInbox(at: name, of: peer, key: peerKey)
        outbox = LinkOutbox(to: peer)
    }

    var standing: Standing { standings.last ?? Standing(commit: 0, number: 0, head: nil) }
    var standingOnDisk: Standing {
        standings.last { $0.commit <= durable } ?? Standing(commit: 0, number: 0, head: nil)
    }
    /// The newest number in memory.
    var given: UInt64 { log.entries.compactMap(\.says.number).last ?? 0 }
    var durableLog: TestLog { log.prefix(durable) }
    /// Every log that was ever durable, as far as it was.
    var histories: [TestLog] { ended + [durableLog] }
    /// The key that signed the beginning of its newest timeline.
    var forkKey: PublicKey { keys[keyIndexAtLoss].publicKey }

    /// The key that signed its newest header.
    var signer: PublicKey? {
        let id = durableLog.newest?.header.keyID
        return keys.first { $0.keyID == id }?.publicKey
    }

    /// Whether the key of its newest timeline is newer than that.
    func isNewer(_ key: PublicKey) -> Bool {
        keys.prefix(keyIndexAtLoss).contains { $0.publicKey == key }
    }

    var isAhead: Bool { durable < log.count }

    mutating func commit(_ drafts: [Draft], _ records: [LinkRecord] = []) throws {
        try log.append(
            drafts.isEmpty ? [.own] : drafts, by: keys[keyIndex],
            timeline: timeline?.number ?? 0, records: records)
        for draft in drafts {
            if case .key = draft.shown?.what { keyIndex += 1 }
        }
    }

    /// The inbox as the log says it.
    func foldedInbox(of log: TestLog) -> LinkInbox {
        var inbox = LinkInbox(at: name, of: peer, key: peerKey)
        for record in log.commits.flatMap(\.records) { inbox.apply(record) }
        return inbox
    }

    mutating func flush(now: Duration) {
        durable = log.count
        newestKeyIndex = max(newestKeyIndex, keyIndex)
        offer(through: durable, now: now)
    }

    /// Gives the outbox what it does not know of the first `count` commits.
    mutating func offer(through count: Int, now: Duration) {
        while offered < count {
            let commit = log.commits[offered]
            for entry in commit.entries
            where entry.says.number.map({ $0 > outbox.given }) ?? true {
                outbox.give(
                    entry.says, at: entry.position, in: commit.header.header.number, now: now)
            }
            for record in commit.records where record == .answered { outbox.timelineIsAccepted() }
            offered += 1
        }
        outbox.isSuspended = inbox.suspension != nil
    }

    /// Everything in memory is lost.
    mutating func crash(now: Duration) {
        log = durableLog
        taken.removeAll { $0.commit > durable }
        standings.removeAll { $0.commit > durable }
        keyIndex = keyIndexAtLoss
        for case .key in log.entries.map(\.says.what) {
            keyIndex = min(keyIndex + 1, newestKeyIndex)
        }
        inbox = foldedInbox(of: log)
        outbox = LinkOutbox(to: peer, acknowledged: inbox.acknowledged)
        offered = 0
        offer(through: durable, now: now)
    }

    /// The end of the log is lost, people accept that, and a new timeline begins.
    mutating func lose(_ count: Int, fork: ForkID, now: Duration, defect: Defect?) throws {
        ended.append(durableLog)
        durable = count
        keyIndexAtLoss = 0
        crash(now: now)
        if defect != .forkUnderSurvivingKey {
            keyIndexAtLoss = newestKeyIndex
            keyIndex = newestKeyIndex
        }
        survived = given
        let name = TimelineName(number: (timeline?.number ?? 0) + 1, fork: fork)
        timeline = name
        var records: [LinkRecord] = [.lost(fork)]
        if defect == .keysOfSurvivingLog { records.append(.keyCompared(inbox.key)) }
        for record in records { inbox.apply(record) }
        let earlier = log.entries.compactMap { entry -> NewTimeline.Beginning? in
            guard case .timeline(let timeline) = entry.says.what else { return nil }
            return NewTimeline.Beginning(
                timeline: timeline.name.number, number: entry.says.number ?? 0,
                position: timeline.position)
        }
        let begun = NewTimeline(
            name, position: log.end, commitHash: log.newest?.hash ?? .zero, earlier: earlier)
        try commit([Draft(shown: Shown(to: peer, number: given + 1, .timeline(begun)))], records)
        flush(now: now)
    }

    /// A `read` of what was taken.
    func read(_ records: [LinkRecord]) -> [Draft] {
        for case .read(let read, _) in records { return [Draft(shown: Shown(to: peer, read))] }
        return []
    }

    /// Answers a new timeline of the peer's.
    func accepted(_ name: TimelineName) -> Draft {
        Draft(shown: Shown(to: peer, number: given + 1, .accepted(Accepted(name, own: timeline))))
    }

    /// The excerpt of a turn, of the first `count` commits.
    func excerpt(
        of turn: LinkTurn, through count: Int, defect: Defect?
    ) throws -> (excerpt: Excerpt, count: Int)? {
        var positions = turn.positions
        if let read = turn.read { positions.append(read) }
        let entries = log.entries.filter { positions.contains($0.position) }
        guard var newest = log.commits.prefix(count).last?.header else { return nil }
        if case .commit(let position) = turn.under, defect != .newestHeaderAlways,
            let commit = log.commit(holding: position)
        {
            newest = commit.header
        }
        let isAgain = turn.first == outbox.acknowledged + 1
        let naming = isAgain && defect == .namesNothingAgain ? nil : turn.naming
        return try log.excerpt(
            of: entries, under: Int(newest.header.number), naming: naming,
            bytesMax: turn.bytesMax)
    }
}

extension LinkRecord {
    /// The number that a `read` names.
    var number: UInt64? {
        if case .read(let read, _) = self { read.number } else { nil }
    }
}
