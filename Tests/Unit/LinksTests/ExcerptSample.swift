import Chain
import Links
import Saga
import Wire

/// A log of `bank-a` and an excerpt of it for `bank-b`, with all that an excerpt can have: a header
/// before it, commits before the newest, a `read`, an entry of another peer's between two.
///
/// Commits hold the positions 1–3, 4–6, 7–11, 12 and 13–15. The excerpt shows 4 and 6 (numbers 2
/// and 3), 8 (a `read`) and 9, 12, 14 (numbers 4, 5, 6).
struct ExcerptSample {
    static let key = Cast.key(1)
    static let bankC = Cast.name("bank-c")

    let log: TestLog
    let excerpt: Excerpt
    /// What `bank-b` knows of `bank-a`: number 1 was taken.
    let inbox: LinkInbox

    init() throws {
        let read = Read(
            number: 3, header: HeaderName(commit: 2, hash: .sha256(of: [2])), acknowledged: 0)
        let batches: [[Draft]] = [
            [.own, Cast.step(1), .own],
            [Cast.step(2), Cast.step(1, to: Self.bankC), Cast.step(3)],
            [.own, Draft(shown: Shown(to: Cast.bankB, read)), Cast.step(4), .own, .own],
            [Cast.step(5)],
            [.own, Cast.step(6), .own],
        ]
        log = try Self.log(of: Cast.bankA, batches)
        let shown = log.entries.filter { $0.says.peer == Cast.bankB }
        excerpt = try log.excerpt(
            of: Array(shown.dropFirst()), naming: log.commits[0].header.name
        ).excerpt
        var inbox = LinkInbox(at: Cast.bankB, of: Cast.bankA, key: Self.key.publicKey)
        let first = try log.excerpt(of: Array(shown.prefix(1)), under: 1).excerpt
        _ = inbox.take(first, given: 3) { _ in true }
        self.inbox = inbox
    }

    static func log(of node: NodeName, _ batches: [[Draft]]) throws -> TestLog {
        var log = TestLog(of: node)
        for batch in batches { try log.append(batch, by: key) }
        return log
    }

    /// What `bank-b` makes of an excerpt.
    func outcome(of excerpt: Excerpt) -> LinkOutcome {
        var inbox = inbox
        return inbox.take(excerpt, given: 3) { _ in true }
    }
}

/// An excerpt whose parts can be changed one by one.
struct ExcerptParts {
    struct Entry {
        var position: Position
        var saga: CommandID?
        var keptHash: Hash
        var shown: [UInt8]
        var content: [UInt8]
    }

    struct Commit {
        var header: [UInt8]?
        var path: [Hash]
        var entries: [Entry]
        var proof: [Hash]
    }

    var header: [UInt8]
    var signature: [UInt8]
    var previous: Excerpt.Previous?
    var commits: [Commit]

    init(_ excerpt: Excerpt) {
        header = excerpt.newest.signed.bytes
        signature = excerpt.newest.signed.signature
        previous = excerpt.previous
        commits = excerpt.commits.map { commit in
            Commit(
                header: commit.listed?.bytes, path: commit.path,
                entries: commit.entries.map { Entry($0) }, proof: commit.proof)
        }
    }

    func excerpt() throws(WireError) -> Excerpt {
        let newest = try WitnessedHeader(SignedHeader(bytes: header, signature: signature))
        var made: [CommitExcerpt] = []
        for commit in commits {
            var entries: [ShownEntry] = []
            for entry in commit.entries {
                entries.append(
                    try ShownEntry(
                        position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
                        shown: entry.shown, content: entry.content))
            }
            var listed: ListedHeader?
            if let header = commit.header { listed = try ListedHeader(header) }
            made.append(
                CommitExcerpt(
                    listed: listed, path: commit.path, entries: entries, proof: commit.proof))
        }
        return try Excerpt(newest: newest, previous: previous, commits: made)
    }

    /// A header with one part changed.
    static func changed(
        _ header: [UInt8]?, _ change: (inout CommitHeader) -> Void
    ) throws -> [UInt8] {
        var decoded = try CommitHeader(decoding: header ?? [])
        change(&decoded)
        return decoded.encoded()
    }
}

extension ExcerptParts.Entry {
    init(_ entry: ShownEntry) {
        self.init(
            position: entry.position, saga: entry.saga, keptHash: entry.keptHash,
            shown: entry.shown, content: entry.content)
    }
}
