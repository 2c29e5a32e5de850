import Chain
import Engine
import EventLog
import JournalReader
import MessageBus
import Randomness
import Saga
import TestKit
import Testing
import Wire

/// How far a journal holds a log whole: the relay's cursor.
@Suite struct JournalEndTests {
    /// Positions 1, then 2 and 3, then 4 to 6, then 7 to 10.
    static let sizes = [1, 2, 3, 4]

    @Test("Only what the log says counts, each commit behind the one before", arguments: Tail.all)
    func end(_ tail: Tail) {
        let log = Self.commits(Self.sizes)
        let others = Self.commits(Self.sizes, key: 8)
        var end = Journal.Comparison(after: .start, commitsMax: tail.commits)
        end.expect(log)
        for (offset, number) in tail.numbers.enumerated() {
            let record =
                switch number {
                case 0: Record(key: [], headers: [], value: [0xFF, 0xFF])
                case ..<0: Journal.record(of: others[-number - 1])
                default: Journal.record(of: log[number - 1])
                }
            end.take(DeliveredRecord(offset: Int64(offset), record: record))
        }
        #expect(end.published == Position(tail.published))
        #expect(end.sent == Position(tail.sent))
        #expect(end.foreign == tail.foreign)
    }

    struct Tail: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Numbers of the commits, as they lie in the topic: below 0 of another log, 0 is no
        /// journal's.
        let numbers: [Int]
        var commits = 2
        let published: UInt64
        let sent: UInt64
        var foreign = 0

        static let all = [
            Tail(testDescription: "an empty journal", numbers: [], published: 0, sent: 0),
            Tail(
                testDescription: "the whole log", numbers: [1, 2, 3, 4], published: 10, sent: 3),
            Tail(
                testDescription: "the first commit alone", numbers: [1], published: 1, sent: 0),
            Tail(
                testDescription: "all but the newest", numbers: [1, 2, 3], published: 6, sent: 1),
            Tail(testDescription: "a gap", numbers: [1, 2, 4], published: 3, sent: 0),
            Tail(
                testDescription: "a gap, and what was missing behind it", numbers: [1, 2, 4, 3],
                published: 6, sent: 1),
            Tail(
                testDescription: "another log of that name, and this one behind it",
                numbers: [-1, -2, -3, -4, 1, 2, 3, 4], published: 10, sent: 3, foreign: 1),
            Tail(
                testDescription: "this log, and another's end behind it",
                numbers: [1, 2, -3, -4], published: 3, sent: 0, foreign: 1),
            Tail(
                testDescription: "the whole log, and more of another's behind it",
                numbers: [1, 2, 3, 4, -4], published: 10, sent: 3),
            Tail(
                testDescription: "records of no journal in between",
                numbers: [0, 1, 0, 2, 0, 3, 0], published: 6, sent: 1, foreign: 4),
            Tail(
                testDescription: "fewer commits than are published at once",
                numbers: [1, 2, 3, 4], commits: 5, published: 10, sent: 0),
            Tail(
                testDescription: "as many commits as are published at once",
                numbers: [1, 2, 3, 4], commits: 4, published: 10, sent: 0),
            Tail(
                testDescription: "one commit more", numbers: [1, 2, 3, 4], commits: 3,
                published: 10, sent: 1),
            Tail(
                testDescription: "everything twice", numbers: [1, 2, 3, 4, 1, 2, 3, 4],
                published: 10, sent: 3),
            Tail(
                testDescription: "an older stretch again at the end",
                numbers: [1, 2, 3, 4, 2, 3], published: 10, sent: 3),
            Tail(
                testDescription: "a journal without its beginning", numbers: [3, 4],
                published: 0, sent: 0),
            Tail(
                testDescription: "the same, and its beginning behind it", numbers: [4, 1, 2],
                published: 3, sent: 0),
            Tail(
                testDescription: "one commit many times", numbers: [1, 2, 2, 2, 3],
                published: 6, sent: 1),
        ]
    }

    @Test(
        "Wherever a relay stops, what it did not send lies after the end it finds",
        arguments: [
            1, 2, 3,
        ])
    func everyStop(_ commitsMax: Int) throws {
        var random = SplitMix64(seed: UInt64(commitsMax))
        let sizes = (1...12).map { _ in Int.random(in: 1...4, using: &random) }
        let log = Self.commits(sizes)
        let ends = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        // Groups of at most `commitsMax` commits: their records, and then their messages.
        var groups = [0]
        while groups[groups.count - 1] < sizes.count {
            let size = Int.random(in: 1...commitsMax, using: &random)
            groups.append(min(groups[groups.count - 1] + size, sizes.count))
        }
        for published in 0...log.count {
            // A group's messages were sent if anything of the next group is there.
            let sent = ends[groups.last { $0 < published } ?? 0]
            var end = Journal.Comparison(after: .start, commitsMax: commitsMax)
            end.expect(log)
            for (offset, commit) in log.prefix(published).enumerated() {
                end.take(
                    DeliveredRecord(offset: Int64(offset), record: Journal.record(of: commit)))
            }
            #expect(end.published == Position(UInt64(ends[published])))
            #expect(end.sent <= Position(UInt64(sent)))
            #expect(ends.contains(Int(end.sent.number)))
        }
    }

    /// Commits of so many entries.
    static func commits(_ sizes: [Int], key: UInt8 = 7) -> [Commit] {
        let key = known(SigningKey(rawBytes: [UInt8](repeating: key, count: 32)))
        var end = LogEnd.empty(of: Epoch(0))
        return sizes.map { size in
            let commit = Commit.signed(
                (0..<size).map { _ in
                    (saga: nil, parts: EntryParts(kept: [key.publicKey.bytes[0]]))
                },
                after: end, node: .bankA, timeline: 0, time: Bench.start, inboxes: [:],
                key: key)
            end.advance(over: commit)
            return commit
        }
    }
}
