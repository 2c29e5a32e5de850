import Chain
import Links
import Saga
import Testing
import Wire

/// bank-b's inbox of bank-a, with bank-a's log: numbers 1 and 2 of it are taken, under commit 2.
///
/// | commit | entries |
/// | --- | --- |
/// | 1 | step 1, an own one |
/// | 2 | step 2, step 3 |
/// | 3 | an own one, step 4 |
struct InboxBench {
    static let key = Cast.key(1)
    static let newKey = Cast.key(2)
    static let fork = TimelineName(number: 1, fork: Cast.fork(1))
    static let ownFork = TimelineName(number: 1, fork: Cast.fork(2))

    var log = TestLog(of: Cast.bankA)
    /// bank-b's: it holds two numbers for bank-a.
    var own = TestLog(of: Cast.bankB)
    var inbox = LinkInbox(at: Cast.bankB, of: Cast.bankA, key: key.publicKey)

    init() throws {
        try write([Cast.step(1), .own])
        try write([Cast.step(2), Cast.step(3)])
        try write([.own, Cast.step(4)])
        for number in 1...2 as ClosedRange<UInt64> {
            try own.append([Cast.step(number, to: Cast.bankA)], by: Cast.key(11))
        }
        let taken = take(try excerpt([1, 2], under: 2), entriesMax: 2)
        guard case .taken = taken else { throw WireError("nothing was taken: \(taken)") }
    }

    /// The name of a commit of bank-a's.
    func name(_ commit: Int) -> HeaderName { log.commits[commit - 1].header.name }

    mutating func write(
        _ drafts: [Draft], by key: SigningKey = key, timeline: UInt64 = 0
    ) throws {
        try log.append(drafts, by: key, timeline: timeline)
    }

    mutating func write(
        _ number: UInt64, _ what: Shown.What, by key: SigningKey = key, timeline: UInt64 = 0
    ) throws {
        let draft = Draft(shown: Shown(to: Cast.bankB, number: number, what))
        try write([draft], by: key, timeline: timeline)
    }

    /// A `read` by bank-a of bank-b's log.
    func read(_ number: UInt64, header: HeaderName? = nil, acknowledged: UInt64 = 0) -> Draft {
        let newest = own.newest?.name ?? HeaderName(commit: 1, hash: .zero)
        let read = Read(number: number, header: header ?? newest, acknowledged: acknowledged)
        return Draft(shown: Shown(to: Cast.bankB, read))
    }

    /// bank-a loses all but the first commits, and begins a timeline.
    mutating func lose(
        keeping count: Int, _ name: TimelineName = fork, number: UInt64,
        by key: SigningKey = key, earlier: [NewTimeline.Beginning] = []
    ) throws {
        log = log.prefix(count)
        let begun = NewTimeline(
            name, position: log.end, commitHash: log.newest?.hash ?? .zero, earlier: earlier)
        try write(number, .timeline(begun), by: key, timeline: name.number)
    }

    /// The entries with these numbers, and the `read`s of these commits.
    func excerpt(
        _ numbers: [UInt64], reads: [Int] = [], under: Int? = nil, naming: Int? = nil
    ) throws -> Excerpt {
        var entries = log.numbered(numbers, for: Cast.bankB)
        for commit in reads {
            entries += log.commits[commit - 1].entries.filter { $0.says.number == nil }
        }
        entries.sort { $0.position < $1.position }
        return try log.excerpt(of: entries, under: under, naming: naming.map(name)).excerpt
    }

    /// Lets the inbox judge, and expects that the records alone make the same value.
    @discardableResult
    mutating func take(_ excerpt: Excerpt, entriesMax: Int = .max) -> LinkOutcome {
        let before = inbox
        let outcome = inbox.take(
            excerpt, entriesMax: entriesMax, given: UInt64(own.count), holds: own.holds)
        expectFold(from: before, outcome.records)
        return outcome
    }

    func expectFold(from before: LinkInbox, _ records: [LinkRecord]) {
        var folded = before
        for record in records { folded.apply(record) }
        #expect(inbox.recorded == folded.recorded, "what the log says makes another value")
    }

    /// People of bank-b accept the timeline that suspends bank-a.
    @discardableResult
    mutating func accept(_ fork: Fork, under key: SigningKey = key) -> [LinkRecord] {
        let before = inbox
        let records = inbox.accept(fork, under: key.publicKey)
        expectFold(from: before, records)
        return records
    }
}

extension LinkOutcome {
    /// What the node's log records of it.
    var records: [LinkRecord] {
        switch self {
        case .taken(let taking): taking.records
        case .forked(let fork): [.suspended(.forked(fork))]
        case .denied(let denial): [.suspended(.denied(denial))]
        case .answered(let fork): [.accepted(fork.timeline.name)]
        case .nothing, .heard: []
        }
    }

    /// The numbers that were taken.
    var numbers: [UInt64]? {
        guard case .taken(let taking) = self else { return nil }
        return taking.entries.compactMap(\.says.number)
    }
}

extension Excerpt {
    /// The same with one part exchanged.
    func with(
        newest: WitnessedHeader? = nil, previous: Previous?? = nil, commits: [CommitExcerpt]? = nil
    ) throws -> Excerpt {
        try Excerpt(
            newest: newest ?? self.newest, previous: previous ?? self.previous,
            commits: commits ?? self.commits)
    }

    /// The same under a signature with one bit changed.
    func badlySigned() throws -> Excerpt {
        var signature = newest.signed.signature
        signature[5] ^= 1
        return try with(
            newest: WitnessedHeader(
                SignedHeader(bytes: newest.signed.bytes, signature: signature)))
    }

    /// The same with the first entry exchanged.
    func changed(_ change: (ShownEntry) throws -> ShownEntry) throws -> Excerpt {
        var commits = commits
        let first = commits[0]
        commits[0] = CommitExcerpt(
            listed: first.listed, path: first.path,
            entries: [try change(first.entries[0])] + first.entries.dropFirst(),
            proof: first.proof)
        return try with(commits: commits)
    }

    /// The same without the path of the first commit.
    func withoutPath() throws -> Excerpt {
        var commits = commits
        let first = commits[0]
        commits[0] = CommitExcerpt(
            listed: first.listed, path: [], entries: first.entries, proof: first.proof)
        return try with(commits: commits)
    }
}
