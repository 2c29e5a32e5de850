import EventLog
import MessageBus
import Randomness
import Saga
import Testing
import Wire

@testable import Engine

/// A log that goes on after it has lost its end.
@Suite struct GenerationTests {
    @Test("Raising the generation is an entry, and every commit from it on names it")
    func raised() throws {
        var bench = Bench()
        bench[.bankB].raiseGeneration(at: bench.now)
        #expect(bench[.bankB].state.generation == 1)
        #expect(bench[.bankB].state.generationStart == bench[.bankB].storage.head.position)
        #expect(bench[.bankB].commits.last?.header.generation == 1)
        let reserve = EnvelopeTests.seal(EnvelopeTests.trip.message(.reserve, 1))
        let input = bench[.bankB].receive(reserve)
        _ = bench.at(.bankB, [input])
        #expect(bench[.bankB].commits.last?.header.generation == 1)
        #expect(try bench[.bankB].recovered() == bench[.bankB].state)
        let snapshot = bench[.bankB].snapshot(after: bench[.bankB].commits.count - 1)
        #expect(try bench[.bankB].recovered(from: snapshot) == bench[.bankB].state)
    }

    @Test(
        "An entry that raises it against the rules does not fold",
        arguments: [
            (generation: 1, approvers: ["ada"]), (1, ["ada", "ada"]), (1, []),
            (2, ["ada", "grace"]), (0, ["ada", "grace"]),
        ] as [(generation: UInt64, approvers: [String])])
    func rules(_ raised: (generation: UInt64, approvers: [String])) throws {
        let bench = Bench()
        var state = bench[.bankB].state
        #expect(throws: FoldFault.self) {
            try state.apply(.generationRaised(raised.generation, approvers: raised.approvers))
        }
    }

    @Test("A journal in which one generation replaces another's end is read as the log is")
    func journal() throws {
        var writer = WitnessTests.History()
        let kept = [writer.next(2), writer.next(3)]
        var lost = writer
        let replaced = [lost.next(4, "lost"), lost.next(1, "lost")]
        writer.generation = 1
        let new = [writer.next(1, "raised"), writer.next(5), writer.next(2)]
        let records = (kept + replaced + kept + new).flatMap {
            Journal.records(of: $0, after: .start)
        }
        let delivered = records.enumerated().map {
            DeliveredRecord(offset: Int64($0), record: $1)
        }
        var generations = JournalReader.Generations()
        for record in delivered { try generations.note(record) }
        for after in [Position.start, kept[0].header.last, new[1].header.last] {
            var reader = JournalReader(after: after, generations)
            let read = try delivered.compactMap { try reader.take($0) }
            #expect(read == (kept + new).filter { $0.header.last > after })
        }
    }

    @Test("A gap in a journal is an error at its end, unless what is missing comes again")
    func gap() throws {
        var writer = WitnessTests.History()
        let commits = [writer.next(2), writer.next(2), writer.next(2)]
        var reader = JournalReader(after: .start, .init())
        func read(_ commits: ArraySlice<Commit>) throws -> [Commit] {
            try commits.flatMap { Journal.records(of: $0, after: .start) }
                .compactMap { try reader.take(.init(offset: 0, record: $0)) }
        }
        #expect(try read([commits[0], commits[2]]) == [commits[0]])
        #expect(throws: WireError.self) { try reader.finish() }
        #expect(try read(commits[1...]) == Array(commits[1...]))
        try reader.finish()
    }

    /// As where a disk was lost when the journal had the first records of its last commit.
    @Test(
        "A commit of which half was published gives way to the one in its place", arguments: 1...5)
    func halfPublished(_ count: Int) throws {
        var writer = WitnessTests.History()
        let kept = [writer.next(2), writer.next(3)]
        var lost = writer
        let half = Journal.records(of: lost.next(6, "lost"), after: .start).prefix(count)
        // Entries may be the same by chance, down to where another commit ends.
        for text in ["other", "lost"] {
            var writer = writer
            let new = [writer.next(1, text), writer.next(2, text), writer.next(4, "more")]
            let whole = (kept + new).map { Journal.records(of: $0, after: .start) }
            let records = whole[..<2].joined() + half + whole[2...].joined() + whole[3]
            var reader = JournalReader(after: .start, .init())
            let read = try records.compactMap { try reader.take(.init(offset: 0, record: $0)) }
            #expect(read == kept + new)
            try reader.finish()
            let end = try Journal.End(
                newest: (whole[..<2].joined() + half).map { .init(offset: 0, record: $0) },
                isWhole: true, commits: 1)
            #expect(end.published == kept[1].header.last)
        }
    }

    /// As after a broker was emptied under a writer that is just losing its log to a standby: each
    /// begins somewhere, notices, and publishes the log again from its first entry.
    @Test("Two writers that fill a journal at once leave a whole log in it", arguments: 1...50)
    func twoWriters(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var writer = WitnessTests.History()
        let commits = (0..<12).map { _ in writer.next(Int.random(in: 1...4, using: &random)) }
        let records = commits.flatMap { Journal.records(of: $0, after: .start) }
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
            let end = try Journal.End(newest: delivered, isWhole: true, commits: 2)
            let held = Set(try delivered.map { try JournalRecord(wire: $0.record.value).position })
            #expect((0..<end.published.number).allSatisfy { held.contains($0 + 1) })
        }
        var reader = JournalReader(after: .start, .init())
        #expect(try delivered.compactMap { try reader.take($0) } == commits)
        try reader.finish()
    }

    /// What lies in the journal, the log's generation, and where the relay goes on.
    struct Tail {
        let records: [(generation: UInt64, position: UInt64)]
        let generation: UInt64
        let start: UInt64
        let published: UInt64
    }

    @Test("What a lower generation published counts up to the entry that raised it")
    func end() throws {
        let tails = [
            Tail(records: [(0, 7), (0, 8), (0, 9)], generation: 1, start: 6, published: 5),
            Tail(records: [(0, 3), (0, 4)], generation: 1, start: 6, published: 4),
            Tail(records: [(0, 9), (1, 6), (1, 7)], generation: 1, start: 6, published: 7),
            Tail(records: [(0, 9)], generation: 2, start: 6, published: 0),
        ]
        for tail in tails {
            let delivered = tail.records.map { record in
                DeliveredRecord(
                    offset: 0,
                    record: Record(
                        key: [], headers: [],
                        value: JournalRecord(
                            position: record.position, saga: nil, entry: [1], header: [1],
                            signature: [1], generation: record.generation
                        ).encoded()))
            }
            let end = try Journal.End(
                newest: delivered, isWhole: false, commits: 1,
                generation: (tail.generation, Position(tail.start)))
            #expect(end.published == Position(tail.published))
        }
    }
}
