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
        var writer = History()
        return [1, 3, 1, 4, 2].enumerated().map { writer.next($1, "entry \($0)") }
    }()

    private static var records: [Record] {
        log.map { Journal.record(of: $0) }
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
        case garbage, cut, unsigned, otherKey, otherBody, highTimeline, farAway

        func told(of record: Record) -> Record {
            guard let genuine = try? Commit(encoded: record.value) else { return record }
            var bytes = record.value
            switch self {
            case .garbage: bytes = [0xFF, 0xFF]
            case .cut: bytes.removeLast()
            case .unsigned:
                bytes = bytes.replacing(
                    genuine.signature, with: [UInt8](repeating: 1, count: 64))
            case .otherKey:
                bytes = forged(LogEnd(JournalReaderTests.head(before: genuine), .init()))
            case .otherBody: bytes[bytes.count - 1] ^= 1
            case .highTimeline:
                bytes = forged(LogEnd(JournalReaderTests.head(before: genuine), .init()), 7)
            case .farAway:
                let place = Head(position: Position(1 << 40), commitHash: .zero, epoch: Epoch(0))
                bytes = forged(LogEnd(place, .init()), 7)
            }
            return Record(key: [], headers: [], value: bytes)
        }

        /// As it should be, but for who signed it.
        private func forged(_ end: LogEnd, _ timeline: UInt64 = 0) -> [UInt8] {
            var writer = History()
            writer.end = end
            writer.timeline = timeline
            writer.key = BenchNode.key(of: .bankB)
            return writer.next().encoded()
        }
    }

    private static func head(before commit: Commit) -> Head {
        Head(
            position: Position(commit.header.first.number - 1),
            commitHash: commit.header.previousHash, epoch: commit.header.epoch)
    }

    private static func link(after commits: some Sequence<Commit>) -> Chain.Link {
        commits.reduce(.start) { Chain.Link(after: $1, in: $0.history) }
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
            #expect(reader.end == Self.link(after: Self.log))
            #expect(!reader.isForked)
            let isCounted = survey.unreadable + survey.unsigned + reader.unfitting > 0
            // Behind a commit that is known, a genuine header is a repetition, whatever it comes
            // with.
            #expect(isCounted || index == 0 || lie == .otherBody)
        }
        let (commits, _, survey) = Self.read(lies)
        #expect(commits.isEmpty)
        #expect(lie == .otherBody || survey.newest.isEmpty)
    }

    @Test("Only what its bank has signed says where a timeline begins")
    func forgedTimeline() throws {
        var writer = History()
        writer.key = BenchNode.key(of: .bankB)
        writer.timeline = 7
        let forged = Journal.record(of: writer.next(2))
        let (commits, _, survey) = Self.read(Self.records + [forged])
        #expect(commits == Self.log)
        #expect(survey.unsigned == 1)
    }

    @Test("A key that was handed over says nothing of what its successors signed")
    func formerKey() throws {
        let newer = BenchNode.key(of: .bankB)
        var genuine = History()
        genuine.key = newer
        let commit = genuine.next(3)
        var stolen = History()
        stolen.timeline = 999
        let forged = stolen.next(1)
        for (keys, isReplaced) in [
            (KeyRing(newer.publicKey, former: [stolen.key.publicKey]), false),
            (KeyRing(stolen.key.publicKey, former: [newer.publicKey]), true),
        ] {
            var survey = JournalSurvey(of: .bankA, keys: keys)
            for commit in [commit, forged] {
                survey.note(DeliveredRecord(offset: 0, record: Journal.record(of: commit)))
            }
            #expect(survey.newest.count == 2)
            #expect(survey.isReplaced(commit.header) == isReplaced)
        }
    }

    @Test("Behind a gap the reader waits, and finds what stands before it at a second reading")
    func gap() {
        let records = Self.records
        let delivered = [0, 2, 3, 4, 1].map { DeliveredRecord(offset: 0, record: records[$0]) }
        var reader = JournalReader(Self.survey(of: delivered))
        #expect(delivered.compactMap { reader.take($0) } == Array(Self.log[...1]))
        #expect(delivered.compactMap { reader.take($0) } == Array(Self.log[2...]))

        let (commits, lacking, survey) = Self.read([records[0], records[2], records[3]])
        #expect(commits == [Self.log[0]])
        #expect(survey.newest.map(\.header) == [Self.log[3].header])
        #expect(lacking.end.position == Self.log[0].header.last)
    }

    @Test("A log of another history is not continued, and that is noticed")
    func fork() {
        var writer = History()
        let other = writer.next(1, "other")
        let (commits, reader, _) = Self.read(Self.records, after: Self.link(after: [other]))
        #expect(commits.isEmpty)
        #expect(reader.isForked)
    }
}
