import Chain
import EventLog
@testable import JournalReader
import MessageBus
import Randomness
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// A log that is continued after it has lost its end.
@Suite struct TimelineTests {
    @Test("Raising the timeline is an entry, and every commit from it on names it")
    func raised() throws {
        var bench = Bench()
        bench[.bankB].startTimeline(at: bench.now)
        #expect(bench[.bankB].state.timeline == 1)
        #expect(bench[.bankB].state.timelineStart == bench[.bankB].storage.head.position)
        #expect(bench[.bankB].commits.last?.header.timeline == 1)
        let reserve = EnvelopeTests.authenticate(EnvelopeTests.trip.message(.reserve, 1))
        let input = bench[.bankB].receive(reserve)
        _ = bench.at(.bankB, [input])
        #expect(bench[.bankB].commits.last?.header.timeline == 1)
        #expect(try bench[.bankB].recovered() == bench[.bankB].state)
        let snapshot = bench[.bankB].snapshot(after: bench[.bankB].commits.count - 1)
        #expect(try bench[.bankB].recovered(from: snapshot) == bench[.bankB].state)
    }

    @Test(
        "An entry that raises it against the rules does not fold",
        arguments: [
            (timeline: 1, approvers: ["ada"]), (1, ["ada", "ada"]), (1, []),
            (2, ["ada", "grace"]), (0, ["ada", "grace"]),
        ] as [(timeline: UInt64, approvers: [String])])
    func rules(_ raised: (timeline: UInt64, approvers: [String])) throws {
        let bench = Bench()
        var state = bench[.bankB].state
        #expect(throws: FoldFault.self) {
            try state.apply(
                .timelineStarted(raised.timeline, by: Cast.ada, approvers: raised.approvers))
        }
    }

    @Test("A journal in which one timeline replaces another's end is read as the log is")
    func journal() {
        var writer = WitnessTests.History()
        let kept = [writer.next(2), writer.next(3)]
        var lost = writer
        let replaced = [lost.next(4, "lost"), lost.next(1, "lost")]
        writer.timeline = 1
        let new = [writer.next(1, "raised"), writer.next(5), writer.next(2)]
        let records = (kept + replaced + kept + new).map { Journal.record(of: $0) }
        let delivered = records.enumerated().map {
            DeliveredRecord(offset: Int64($0), record: $1)
        }
        let survey = JournalReaderTests.survey(of: delivered)
        for count in [0, 1, kept.count + 2] {
            let link = (kept + new).prefix(count).reduce(.start) {
                Chain.Link(after: $1, in: $0.history)
            }
            var reader = JournalReader(after: link, survey)
            let read = delivered.compactMap { reader.take($0) }
            #expect(read == (kept + new).filter { $0.header.last > link.position })
        }
    }

    /// As after a broker was emptied under a writer that is just losing its log to a standby: each
    /// begins somewhere, notices, and publishes the log again from its first entry.
    @Test("Two writers that fill a journal at once leave a whole log in it", arguments: 1...50)
    func twoWriters(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var writer = WitnessTests.History()
        let commits = (0..<12).map { _ in writer.next(Int.random(in: 1...4, using: &random)) }
        let records = commits.map { Journal.record(of: $0) }
        var queues = (0..<2).map { _ in
            let unaware = records.dropFirst(Int.random(in: 1..<records.count, using: &random))
            return Array(unaware.prefix(Int.random(in: 0...5, using: &random))) + records
        }
        var delivered: [DeliveredRecord] = []
        while let writer = queues.indices.filter({ !queues[$0].isEmpty })
            .randomElement(using: &random)
        {
            let record = queues[writer].removeFirst()
            delivered.append(.init(offset: Int64(delivered.count), record: record))
            let end = Self.compare(delivered, commits)
            let held = Set(try delivered.map { try Commit(encoded: $0.record.value) })
            #expect(
                commits.filter { $0.header.last <= end.published }
                    .allSatisfy { held.contains($0) })
        }
        var reader = JournalReader(JournalReaderTests.survey(of: delivered))
        #expect(delivered.compactMap { reader.take($0) } == commits)
    }

    @Test("Of several timelines a journal counts as far as it says what the log says")
    func end() throws {
        var writer = WitnessTests.History()
        let kept = [writer.next(2), writer.next(3)]
        var lost = writer
        let replaced = [lost.next(4, "lost"), lost.next(1, "lost")]
        writer.timeline = 1
        let raised = writer.next(1, "raised")
        var lostAgain = writer
        lostAgain.timeline = 1
        let replacedToo = lostAgain.next(2, "lost too")
        writer.timeline = 2
        let newest = [writer.next(1, "raised again"), writer.next(2)]
        let log = kept + [raised] + newest
        let journals: [([Commit], Position)] = [
            (kept + replaced, kept[1].header.last),
            (kept + replaced + [raised], raised.header.last),
            (kept + replaced + [raised, replacedToo] + newest, newest[1].header.last),
            ([kept[0]] + replaced + newest, kept[0].header.last),
        ]
        for (commits, published) in journals {
            let delivered = commits.map { Journal.record(of: $0) }
                .enumerated().map { DeliveredRecord(offset: Int64($0), record: $1) }
            #expect(Self.compare(delivered, log).published == published)
        }
    }

    private static func compare(
        _ records: [DeliveredRecord], _ log: [Commit]
    ) -> Journal.Comparison {
        var comparison = Journal.Comparison(after: .start, commitsMax: 2)
        comparison.expect(log)
        for record in records { comparison.take(record) }
        return comparison
    }
}
