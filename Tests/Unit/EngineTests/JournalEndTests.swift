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

/// How far a journal holds a log whole: where the relay continues.
@Suite struct JournalEndTests {
    /// Positions 1, then 2 and 3, then 4 to 6, then 7 to 10.
    static let sizes = [1, 2, 3, 4]

    @Test("Only what the log says counts, each commit behind the one before", arguments: Tail.all)
    func end(_ tail: Tail) {
        let log = Self.commits(Self.sizes)
        let others = Self.commits(Self.sizes, key: 8)
        var end = Journal.Comparison(after: .start)
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
        #expect(end.offset == tail.offset)
        #expect(end.foreign == tail.foreign)
    }

    struct Tail: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Numbers of the commits, as they lie in the topic: below 0 of another log, 0 is no
        /// journal's.
        let numbers: [Int]
        let published: UInt64
        /// Of the record of the commit that ends there.
        let offset: Int64?
        var foreign = 0

        static let all = [
            Tail(testDescription: "an empty journal", numbers: [], published: 0, offset: nil),
            Tail(
                testDescription: "the whole log", numbers: [1, 2, 3, 4], published: 10, offset: 3),
            Tail(
                testDescription: "the first commit alone", numbers: [1], published: 1, offset: 0),
            Tail(
                testDescription: "all but the newest", numbers: [1, 2, 3], published: 6, offset: 2),
            Tail(testDescription: "a gap", numbers: [1, 2, 4], published: 3, offset: 1),
            Tail(
                testDescription: "a gap, and what was missing behind it", numbers: [1, 2, 4, 3],
                published: 6, offset: 3),
            Tail(
                testDescription: "another log of that name, and this one behind it",
                numbers: [-1, -2, -3, -4, 1, 2, 3, 4], published: 10, offset: 7, foreign: 1),
            Tail(
                testDescription: "this log, and another's end behind it",
                numbers: [1, 2, -3, -4], published: 3, offset: 1, foreign: 1),
            Tail(
                testDescription: "the whole log, and more of another's behind it",
                numbers: [1, 2, 3, 4, -4], published: 10, offset: 3),
            Tail(
                testDescription: "records of no journal in between",
                numbers: [0, 1, 0, 2, 0, 3, 0], published: 6, offset: 5, foreign: 4),
            Tail(
                testDescription: "everything twice", numbers: [1, 2, 3, 4, 1, 2, 3, 4],
                published: 10, offset: 3),
            Tail(
                testDescription: "an older stretch again at the end",
                numbers: [1, 2, 3, 4, 2, 3], published: 10, offset: 3),
            Tail(
                testDescription: "a journal without its beginning", numbers: [3, 4],
                published: 0, offset: nil),
            Tail(
                testDescription: "the same, and its beginning behind it", numbers: [4, 1, 2],
                published: 3, offset: 2),
            Tail(
                testDescription: "one commit many times", numbers: [1, 2, 2, 2, 3],
                published: 6, offset: 4),
        ]
    }

    @Test("Wherever a relay stops, the end that is found is that of the last record")
    func everyStop() throws {
        var random = SplitMix64(seed: 1)
        let sizes = (1...12).map { _ in Int.random(in: 1...4, using: &random) }
        let log = Self.commits(sizes)
        for published in 0...log.count {
            var end = Journal.Comparison(after: .start)
            end.expect(log)
            for (offset, commit) in log.prefix(published).enumerated() {
                end.take(
                    DeliveredRecord(offset: Int64(offset), record: Journal.record(of: commit)))
            }
            let last = log.prefix(published).last
            #expect(end.published == last?.header.last ?? .start)
            #expect(end.offset == (published == 0 ? nil : Int64(published) - 1))
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
