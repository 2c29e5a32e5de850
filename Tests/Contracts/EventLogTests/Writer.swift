import Chain
import EventLog
import Saga
import TestKit
import Testing
import Wire

/// Makes commits for tests, as an engine does: each after the one it made before.
struct Writer {
    var node: NodeName
    var key: SigningKey
    var end: LogEnd
    var timeline: UInt64 = 1
    var time = Timestamp(milliseconds: 1_000)
    /// In every commit.
    var inboxes: [NodeName: Int64] = [Cast.bankB: 41, Cast.bankC: 0]

    /// - Parameters:
    ///   - head: Where the log ends.
    ///   - history: Of the commits up to there.
    init(after head: Head = .empty, _ history: HistoryTree = HistoryTree()) throws {
        node = try #require(NodeName("bank-a"))
        key = try Self.key(7)
        end = LogEnd(head, history)
    }

    /// The newest commit's place; set to write at another, with the history as it is.
    var head: Head {
        get { end.head }
        set { end = LogEnd(newValue, end.history) }
    }

    static func key(_ seed: UInt8) throws -> SigningKey {
        try #require(SigningKey(rawBytes: [UInt8](repeating: seed, count: 32)))
    }

    static func saga(_ number: UInt64) -> CommandID {
        CommandID(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }

    /// A commit after the newest, which it leaves where it is.
    func commit(parts entries: [(saga: CommandID?, parts: EntryParts)]) -> Commit {
        Commit.signed(
            entries, after: end, node: node, timeline: timeline, time: time,
            inboxes: inboxes, key: key)
    }

    /// A commit of entries that show nothing.
    func commit(_ entries: [(saga: CommandID?, kept: [UInt8])]) -> Commit {
        commit(parts: entries.map { ($0.saga, EntryParts(kept: $0.kept)) })
    }

    /// A commit of `count` entries, each of a different saga. The first has a content.
    func commit(_ count: Int = 1) -> Commit {
        commit(
            parts: (0..<count).map { index in
                let number = head.position.number + UInt64(index) + 1
                let kept = Array("entry \(number)".utf8)
                let content = Array("content \(number)".utf8)
                return (
                    Self.saga(number),
                    index == 0
                        ? EntryParts(keeping: kept, about: content) : EntryParts(kept: kept)
                )
            })
    }

    /// A commit after the newest, which it becomes.
    mutating func next(_ entries: [(saga: CommandID?, kept: [UInt8])]) -> Commit {
        advance(commit(entries))
    }

    mutating func next(parts entries: [(saga: CommandID?, parts: EntryParts)]) -> Commit {
        advance(commit(parts: entries))
    }

    mutating func next(_ count: Int = 1) -> Commit {
        advance(commit(count))
    }

    private mutating func advance(_ commit: Commit) -> Commit {
        end.advance(over: commit)
        time = time + .milliseconds(1)
        return commit
    }
}

extension EntryParts {
    /// The parts of an entry with a content, and all that a log has to know of it: what is shown
    /// names the content.
    init(keeping kept: [UInt8], about content: [UInt8]) {
        let frame = ShownFrame(to: nil, .step([]), contentHash: .sha256(of: content))
        self.init(shown: frame.encoded(), kept: kept, content: content)
    }
}
