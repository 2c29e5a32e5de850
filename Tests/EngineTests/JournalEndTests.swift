import Engine
import EventLog
import MessageBus
import Randomness
import Saga
import Testing
import Wire

/// The journal's end is the relay's cursor, whatever its tail looks like.
@Suite struct JournalEndTests {
    /// Positions 1, then 2 and 3, then 4 to 6, then 7 to 10.
    static let sizes = [1, 2, 3, 4]

    @Test("The end is read off the newest records", arguments: Tail.all)
    func end(_ tail: Tail) throws {
        let records = Self.records(Self.sizes)
        let delivered = tail.places.enumerated().map { offset, place in
            DeliveredRecord(offset: Int64(offset), record: records[place - 1])
        }
        let end = try Journal.End(
            newest: delivered, isWhole: tail.isWhole, commits: tail.commits)
        #expect(end.published == Position(tail.published))
        #expect(end.sent == Position(tail.sent))
    }

    struct Tail: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Positions of the records, as they lie in the topic.
        let places: [Int]
        var commits = 2
        var isWhole = false
        let published: UInt64
        let sent: UInt64

        static let all = [
            Tail(testDescription: "an empty journal", places: [], published: 0, sent: 0),
            Tail(testDescription: "whole commits", places: Array(1...10), published: 10, sent: 3),
            Tail(
                testDescription: "the beginning of the first commit but one",
                places: [1, 2], published: 1, sent: 0),
            Tail(
                testDescription: "a tail that ends in a commit", places: Array(1...8),
                published: 6, sent: 1),
            Tail(
                testDescription: "a tail that begins in a commit", places: Array(3...10),
                published: 10, sent: 3),
            Tail(
                testDescription: "a tail without any end of a commit", places: [7, 8, 9],
                published: 0, sent: 0),
            Tail(
                testDescription: "fewer commits than are published at once",
                places: Array(1...10), commits: 5, published: 10, sent: 0),
            Tail(
                testDescription: "as many commits as are published at once",
                places: Array(1...10), commits: 4, published: 10, sent: 0),
            Tail(
                testDescription: "one commit more", places: Array(1...10), commits: 3,
                published: 10, sent: 1),
            Tail(
                testDescription: "everything twice", places: Array(1...10) + Array(1...10),
                published: 10, sent: 3),
            Tail(
                testDescription: "an older stretch again at the end",
                places: Array(1...10) + Array(2...6), published: 6, sent: 1),
            Tail(
                testDescription: "a whole journal without its beginning", places: [7, 8, 9, 10],
                isWhole: true, published: 0, sent: 0),
            Tail(
                testDescription: "the same, and its beginning behind it",
                places: [7, 8, 9, 10] + Array(1...5), isWhole: true, published: 3, sent: 0),
            Tail(
                testDescription: "the end of the same", places: [8, 9, 10] + Array(1...5),
                published: 3, sent: 0),
            Tail(
                testDescription: "one commit's end many times",
                places: [1, 2, 3, 3, 3, 3, 4, 5, 6], published: 6, sent: 1),
        ]
    }

    @Test("Wherever a relay stops, what it did not send lies after the end it finds", arguments: [
        1, 2, 3,
    ])
    func everyStop(_ commitsMax: Int) throws {
        var random = SplitMix64(seed: UInt64(commitsMax))
        let sizes = (1...12).map { _ in Int.random(in: 1...4, using: &random) }
        let records = Self.records(sizes)
        let ends = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        // Groups of at most `commitsMax` commits: their records, and then their messages.
        var groups = [0]
        while groups[groups.count - 1] < sizes.count {
            let size = Int.random(in: 1...commitsMax, using: &random)
            groups.append(min(groups[groups.count - 1] + size, sizes.count))
        }
        for published in 0...records.count {
            let done = groups.map { ends[$0] }.filter { $0 <= published }
            // A group's messages were sent if anything of the next group is there.
            let sent = done.last { $0 < published } ?? 0
            let delivered = records.prefix(published).enumerated().map { offset, record in
                DeliveredRecord(offset: Int64(offset), record: record)
            }
            let end = try Journal.End(newest: delivered, isWhole: true, commits: commitsMax)
            #expect(end.published == Position(UInt64(ends.last { $0 <= published } ?? 0)))
            #expect(end.sent <= Position(UInt64(sent)))
            #expect(ends.contains(Int(end.sent.number)))
        }
    }

    @Test("A journal that cannot be read has no end")
    func unreadable() {
        let junk = DeliveredRecord(
            offset: 0, record: Record(key: [], headers: [], value: [0xFF]))
        #expect(throws: WireError.self) { 
            try Journal.End(newest: [junk], isWhole: true, commits: 1)
        }
    }

    /// The records of commits of so many entries.
    static func records(_ sizes: [Int]) -> [Record] {
        let key = known(SigningKey(rawBytes: [UInt8](repeating: 7, count: 32)))
        var head = Head.empty
        return sizes.flatMap { size in
            let commit = Commit.seal(
                (0..<size).map { _ in (saga: nil, payload: [1]) }, after: head, node: .bankA,
                generation: 0, time: Bench.start, inbox: .start, key: key)
            head = Head(after: commit, of: commit.header.epoch)
            return Journal.records(of: commit, after: .start)
        }
    }
}
