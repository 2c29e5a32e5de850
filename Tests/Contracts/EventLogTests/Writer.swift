import Chain
import EventLog
import Saga
import Testing

/// Makes commits for tests, as an engine does: each after the one it made before.
struct Writer {
    var node: NodeName
    var key: SigningKey
    var end: LogEnd
    var timeline: UInt64 = 1
    var time = Timestamp(milliseconds: 1_000)

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
    func commit(_ entries: [(saga: CommandID?, payload: [UInt8])]) -> Commit {
        Commit.signed(
            entries, after: end, node: node, timeline: timeline, time: time,
            inbox: InboxCursor(incarnation: 0, offset: 41, recordHash: .zero), key: key)
    }

    /// A commit of `count` entries, each of a different saga.
    func commit(_ count: Int = 1) -> Commit {
        commit(
            (0..<count).map { index in
                let number = head.position.number + UInt64(index) + 1
                return (Self.saga(number), Array("entry \(number)".utf8))
            })
    }

    /// A commit after the newest, which it becomes.
    mutating func next(_ entries: [(saga: CommandID?, payload: [UInt8])]) -> Commit {
        advance(commit(entries))
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
