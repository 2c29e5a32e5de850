import Chain
import EventLog
import Saga
import Testing

/// Makes commits for tests, as an engine does: each after the one it made before.
struct Writer {
    var node: NodeName
    var key: SigningKey
    var head: Head
    var timeline: UInt64 = 1
    var time = Timestamp(milliseconds: 1_000)

    init(after head: Head = .empty) throws {
        node = try #require(NodeName("bank-a"))
        key = try Self.key(7)
        self.head = head
    }

    static func key(_ seed: UInt8) throws -> SigningKey {
        try #require(SigningKey(rawBytes: [UInt8](repeating: seed, count: 32)))
    }

    static func saga(_ number: UInt64) -> SagaID {
        SagaID(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }

    /// A commit after the newest, which it leaves where it is.
    func commit(_ entries: [(saga: SagaID?, payload: [UInt8])]) -> Commit {
        Commit.signed(
            entries, after: head, node: node, timeline: timeline, time: time,
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
    mutating func next(_ entries: [(saga: SagaID?, payload: [UInt8])]) -> Commit {
        advance(commit(entries))
    }

    mutating func next(_ count: Int = 1) -> Commit {
        advance(commit(count))
    }

    private mutating func advance(_ commit: Commit) -> Commit {
        head = Head(after: commit, of: commit.header.epoch)
        time = time + .milliseconds(1)
        return commit
    }
}
