import Chain
import Engine
import EventLog
import JournalReader
import MessageBus
import Randomness
import Saga
import Testing
import TestKit
import Wire

/// How far a journal holds a log whole: the relay's cursor.
@Suite struct JournalEndTests {
    /// Positions 1, then 2 and 3, then 4 to 6, then 7 to 10.
    static let sizes = [1, 2, 3, 4]

    @Test("Only what the log says counts, each entry behind the one before", arguments: Tail.all)
    func end(_ tail: Tail) {
        let log = Self.commits(Self.sizes)
        let records = log.flatMap { Journal.records(of: $0, after: .start) }
        let others = Self.commits(Self.sizes, key: 8)
            .flatMap { Journal.records(of: $0, after: .start) }
        var end = Journal.Comparison(after: .start, commitsMax: tail.commits)
        end.expect(log)
        for (offset, place) in tail.places.enumerated() {
            let record =
                switch place {
                case 0: Record(key: [], headers: [], value: [0xFF, 0xFF])
                case ..<0: others[-place - 1]
                default: records[place - 1]
                }
            end.take(DeliveredRecord(offset: Int64(offset), record: record))
        }
        #expect(end.published == Position(tail.published))
        #expect(end.sent == Position(tail.sent))
        #expect(end.foreign == tail.foreign)
    }

    struct Tail: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Positions of the records, as they lie in the topic: below 0 of another log, 0 is no
        /// journal's.
        let places: [Int]
        var commits = 2
        let published: UInt64
        let sent: UInt64
        var foreign = 0

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
                testDescription: "a beginning without any end of a commit but the first",
                places: [1, 2], published: 1, sent: 0),
            Tail(
                testDescription: "a gap", places: [1, 2, 3] + Array(7...10), published: 3,
                sent: 0),
            Tail(
                testDescription: "a gap, and what was missing behind it",
                places: [1, 2, 3] + Array(7...10) + [4, 5, 6], published: 6, sent: 1),
            Tail(
                testDescription: "another log of that name, and this one behind it",
                places: (1...10).map { -$0 } + Array(1...10), published: 10, sent: 3,
                foreign: 1),
            Tail(
                testDescription: "this log, and another's end behind it",
                places: [1, 2, 3] + (4...10).map { -$0 }, published: 3, sent: 0, foreign: 1),
            Tail(
                testDescription: "records of no journal in between",
                places: [0, 1, 0, 2, 0, 3, 0, 4, 5, 6], published: 6, sent: 1, foreign: 4),
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
                places: Array(1...10) + Array(2...6), published: 10, sent: 3),
            Tail(
                testDescription: "a whole journal without its beginning", places: [7, 8, 9, 10],
                published: 0, sent: 0),
            Tail(
                testDescription: "the same, and its beginning behind it",
                places: [7, 8, 9, 10] + Array(1...5), published: 3, sent: 0),
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
        let log = Self.commits(sizes)
        let records = log.flatMap { Journal.records(of: $0, after: .start) }
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
            var end = Journal.Comparison(after: .start, commitsMax: commitsMax)
            end.expect(log)
            for (offset, record) in records.prefix(published).enumerated() {
                end.take(DeliveredRecord(offset: Int64(offset), record: record))
            }
            #expect(end.published == Position(UInt64(ends.last { $0 <= published } ?? 0)))
            #expect(end.sent <= Position(UInt64(sent)))
            #expect(ends.contains(Int(end.sent.number)))
        }
    }

    /// Commits of so many entries.
    static func commits(_ sizes: [Int], key: UInt8 = 7) -> [Commit] {
        let key = known(SigningKey(rawBytes: [UInt8](repeating: key, count: 32)))
        var head = Head.empty
        return sizes.map { size in
            let commit = Commit.signed(
                (0..<size).map { _ in (saga: nil, payload: [key.publicKey.bytes[0]]) },
                after: head, node: .bankA, timeline: 0, time: Bench.start, inbox: .start,
                key: key)
            head = Head(after: commit, of: commit.header.epoch)
            return commit
        }
    }
}
