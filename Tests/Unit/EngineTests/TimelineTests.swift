import Chain
import EventLog
@testable import JournalReader
import Ledger
import MessageBus
import Randomness
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// A log that is continued after it has lost its end.
@Suite struct TimelineTests {
    @Test("A new timeline is an entry, and every commit from it on names it")
    func started() throws {
        var bench = Bench()
        let outcome = bench.startTimeline(at: .bankB)
        #expect(
            outcome.entries == [
                .timelineStarted(1), .timelineShown(.bankA), .timelineShown(.hub),
                .timelineShown(.shop),
            ])
        let state = bench[.bankB].state
        #expect(state.timeline == TimelineName(number: 1, fork: .of(1)))
        #expect(state.timelineStart == Position(state.position.number - 3))
        #expect(state.timelineTime == bench.now)
        #expect(bench[.bankB].commits.last?.header.timeline == 1)
        bench.operate(at: .bankB, .deposit(eur(1), to: .bob))
        #expect(bench[.bankB].commits.last?.header.timeline == 1)
        try bench.expectReplayEqualsLive()
    }

    @Test("A peer is shown where the timeline begins, and which began before it")
    func shown() throws {
        var bench = Bench()
        var places: [Position] = []
        for number in 1...3 as ClosedRange<UInt8> {
            let (end, hash) = (bench[.bankB].state.position, bench[.bankB].storage.head.commitHash)
            places.append(end)
            let outcome = bench.startTimeline(number, at: .bankB)
            let shown = outcome.events.compactMap { event in
                if case .timelineShown(let new, .bankA) = event { new } else { nil }
            }
            let earlier = (1..<UInt64(number)).map {
                NewTimeline.Beginning(timeline: $0, number: $0, position: places[Int($0) - 1])
            }
            let name = TimelineName(number: UInt64(number), fork: .of(number))
            #expect(
                shown == [NewTimeline(name, position: end, commitHash: hash, earlier: earlier)])
        }
        try bench.expectReplayEqualsLive()
    }

    @Test(
        "An entry that starts one against the rules does not fold",
        arguments: [
            (1, ["ada"]), (1, ["ada", "ada"]), (1, []), (0, ["ada", "grace"]),
        ] as [(UInt64, [String])])
    func rules(_ number: UInt64, _ approvers: [String]) throws {
        let bench = Bench()
        var state = bench[.bankB].state
        let name = TimelineName(number: number, fork: .of(1))
        #expect(throws: FoldFault.self) {
            try state.apply(.timelineStarted(name, by: Cast.ada, approvers: approvers))
        }
    }

    @Test("The numbers of timelines only rise", arguments: [1, 2, 3, 9] as [UInt64])
    func rises(_ number: UInt64) throws {
        var bench = Bench()
        bench.startTimeline(2, at: .bankB)
        var state = bench[.bankB].state
        let started = Event<Fact>.timelineStarted(
            TimelineName(number: number, fork: .of(7)), by: Cast.ada, approvers: ["ada", "grace"])
        if number > 2 {
            try state.apply(started)
        } else {
            #expect(throws: FoldFault.self) { try state.apply(started) }
        }
    }

    @Test("A journal in which one timeline replaces another's end is read as the log is")
    func journal() {
        var writer = History()
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
        var writer = History()
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
        var writer = History()
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
        var comparison = Journal.Comparison(after: .start)
        comparison.expect(log)
        for record in records { comparison.take(record) }
        return comparison
    }
}
