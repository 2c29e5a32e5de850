import Chain
@testable import JournalReader
import MessageBus
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// A log made again from a topic that others can write to.
@Suite struct JournalReaderTests {
    private static let keys = KeyRing(BenchNode.key(of: .bankA).publicKey)

    static func survey(of records: [DeliveredRecord]) -> JournalSurvey {
        var survey = JournalSurvey(of: .bankA, keys: keys)
        for record in records { survey.note(record) }
        return survey
    }

    /// Commits of one entry, of several, and again, each entry with its own text.
    private static let log: [Commit] = {
        var writer = WitnessTests.History()
        return [1, 3, 1, 4, 2].enumerated().map { writer.next($1, "entry \($0)") }
    }()

    private static var records: [Record] {
        log.flatMap { Journal.records(of: $0, after: .start) }
    }

    private static func read(
        _ records: [Record], after link: Chain.Link = .start
    ) -> (commits: [Commit], reader: JournalReader, survey: JournalSurvey) {
        let delivered = records.enumerated().map {
            DeliveredRecord(offset: Int64($0), record: $1)
        }
        let survey = survey(of: delivered)
        var reader = JournalReader(after: link, survey)
        return (delivered.compactMap { reader.take($0) }, reader, survey)
    }

    /// What a stranger with the right to write makes of a genuine record.
    enum Lie: CaseIterable {
        case garbage, otherEntry, forgedHeader, foreignHeader, genuineHeaderOtherEntry
        case highTimeline, farAway, otherBank

        func told(of record: Record) -> Record {
            guard let genuine = try? JournalRecord(wire: record.value) else { return record }
            let forged: JournalRecord
            switch self {
            case .garbage: return Record(key: [], headers: [], value: [0xFF, 0xFF])
            case .otherEntry:
                forged = JournalRecord(position: genuine.position, saga: nil, entry: [1])
            case .forgedHeader:
                forged = JournalRecord(
                    position: genuine.position, saga: nil, entry: genuine.entry, header: [1],
                    signature: [1])
            case .foreignHeader:
                // As it should be, but for who signed it.
                var writer = WitnessTests.History()
                writer.key = BenchNode.key(of: .bankB)
                return known(Journal.records(of: writer.next(), after: .start).last)
            case .genuineHeaderOtherEntry:
                let last = known(
                    JournalReaderTests.log.first { $0.header.last.number >= genuine.position })
                forged = JournalRecord(
                    position: last.header.last.number, saga: nil, entry: [2],
                    header: last.headerBytes, signature: last.signature)
            case .highTimeline:
                forged = JournalRecord(
                    position: genuine.position, saga: nil, entry: [0], timeline: 7)
            case .farAway:
                forged = JournalRecord(
                    position: 1 << 40, saga: nil, entry: [0], header: [1], signature: [1])
            case .otherBank:
                forged = JournalRecord(
                    position: genuine.position, saga: SagaID(9), entry: genuine.entry)
            }
            return Record(key: [], headers: [], value: forged.encoded())
        }
    }

    @Test(
        "What a stranger writes before, between or behind the records hides nothing of the log",
        arguments: Lie.allCases)
    func strangers(_ lie: Lie) {
        let lies = Self.records.map { lie.told(of: $0) }
        let mixed = zip(Self.records, lies)
        let topics = [
            Self.records + lies, lies + Self.records, mixed.flatMap { [$0, $1] },
            mixed.flatMap { [$1, $0] }, lies + Self.records + lies + Self.records,
        ]
        for (index, topic) in topics.enumerated() {
            let (commits, reader, survey) = Self.read(topic)
            #expect(commits == Self.log)
            #expect(reader.end == Chain.Link(after: known(Self.log.last)))
            #expect(!reader.isForked)
            let isCounted = survey.unreadable + survey.unsigned + reader.unfitting > 0
            // Behind an entry that is known, what is said of its place is passed over unread; and a
            // genuine header is a repetition, whatever it comes with.
            #expect(isCounted || index == 0 || lie == .genuineHeaderOtherEntry)
        }
        let (commits, _, survey) = Self.read(lies)
        #expect(commits.isEmpty)
        #expect(lie == .genuineHeaderOtherEntry || survey.newest.isEmpty)
    }

    @Test("Only what its bank has signed says where a timeline begins")
    func forgedTimeline() throws {
        var writer = WitnessTests.History()
        writer.key = BenchNode.key(of: .bankB)
        writer.timeline = 7
        let forged = Journal.records(of: writer.next(2), after: .start)
        let (commits, _, survey) = Self.read(Self.records + forged)
        #expect(commits == Self.log)
        #expect(survey.unsigned == 1)
    }

    @Test("A key that was handed over says nothing of what its successors signed")
    func formerKey() throws {
        let newer = BenchNode.key(of: .bankB)
        var genuine = WitnessTests.History()
        genuine.key = newer
        let commit = genuine.next(3)
        var stolen = WitnessTests.History()
        stolen.timeline = 999
        let forged = stolen.next(1)
        for (keys, isReplaced) in [
            (KeyRing(newer.publicKey, former: [stolen.key.publicKey]), false),
            (KeyRing(stolen.key.publicKey, former: [newer.publicKey]), true),
        ] {
            var survey = JournalSurvey(of: .bankA, keys: keys)
            for record in Journal.records(of: commit, after: .start)
                + Journal.records(of: forged, after: .start)
            {
                survey.note(DeliveredRecord(offset: 0, record: record))
            }
            #expect(survey.newest.count == 2)
            #expect(survey.isReplaced(commit.header) == isReplaced)
        }
    }

    @Test("Behind a gap the reader waits, and finds what stands before it at a second reading")
    func gap() {
        let parts = Self.log.map { Journal.records(of: $0, after: .start) }
        let whole = parts[0] + parts[2] + parts[3] + parts[4] + parts[1]
        let delivered = whole.map { DeliveredRecord(offset: 0, record: $0) }
        var reader = JournalReader(Self.survey(of: delivered))
        #expect(delivered.compactMap { reader.take($0) } == Array(Self.log[...1]))
        #expect(delivered.compactMap { reader.take($0) } == Array(Self.log[2...]))

        let (commits, lacking, survey) = Self.read(parts[0] + parts[2] + parts[3])
        #expect(commits == [Self.log[0]])
        #expect(survey.newest.map(\.header) == [Self.log[3].header])
        #expect(lacking.end.position == Self.log[0].header.last)
    }

    @Test("A log of another history is not continued, and that is noticed")
    func fork() {
        var writer = WitnessTests.History()
        let other = writer.next(1, "other")
        let (commits, reader, _) = Self.read(Self.records, after: Chain.Link(after: other))
        #expect(commits.isEmpty)
        #expect(reader.isForked)
    }

    @Test(
        "More lies about a commit than can be told from it hide it, and no more",
        .timeLimit(.minutes(10)))
    func tooMany() throws {
        var writer = WitnessTests.History()
        let commits = [writer.next(2), writer.next(40), writer.next(1)]
        let records = commits.flatMap { Journal.records(of: $0, after: .start) }
        // Between any two genuine records; newer ones are tried first.
        let topic = records.flatMap { [$0, Lie.otherEntry.told(of: $0)] }
        let (read, reader, survey) = Self.read(topic)
        #expect(read == [commits[0]])
        #expect(reader.end.position == commits[0].header.last)
        #expect(survey.newest.first?.header == commits[2].header)
    }
}
