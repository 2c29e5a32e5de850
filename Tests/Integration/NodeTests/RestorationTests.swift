import Chain
import Engine
import EventLog
import JournalReader
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import TestKit
import Testing
import Wire

/// A log that is restored from a journal to which others could write.
struct RestorationTests {
    private struct Scene {
        let bus: InMemoryMessageBus
        let network: TestNetwork
        let whole: LogStorage
        let restoration: Restoration
        let log: InMemoryEventLog
        let bank: NodeName

        /// - Parameter kept: How many commits the log still has.
        init(kept: Int = 0, key: SigningKey = SigningKey()) async throws {
            bus = InMemoryMessageBus()
            network = try await TestNetwork(["bank-a", "bank-b"], bus: bus, key: key)
            for name in ["bank-a", "bank-b"] { try network.start(name, on: InMemoryEventLog()) }
            try await network.openAccounts()
            try await network.stopAll()
            bank = try #require(NodeName("bank-a"))
            whole = try await network.log(of: "bank-a").copy()
            var storage = LogStorage()
            for commit in whole.commits(after: .start, entriesMax: .max).prefix(kept) {
                while storage.head.epoch < commit.header.epoch {
                    _ = try storage.takeOver(from: storage.head.epoch)
                }
                try storage.append(commit)
            }
            log = InMemoryEventLog(storage)
            restoration = Restoration(
                node: bank, log: log, bus: bus, keys: KeyRing(network.key.publicKey))
        }

        var commits: [Commit] { whole.commits(after: .start, entriesMax: .max) }

        func fill(with records: [Record]) async throws {
            bus.empty(topic: "journal.bank-a")
            _ = try await bus.publish(records, to: "journal.bank-a")
        }

        /// A commit as the bank would write it next, but for the key.
        func forged(after end: LogEnd) -> Record {
            Journal.record(
                of: .signed(
                    [(nil, EntryParts(kept: [1])), (nil, EntryParts(kept: [2]))], after: end,
                    node: bank, timeline: 7, time: .distantPast, inboxes: [:],
                    key: SigningKey()))
        }

        func expectIncomplete(_ expected: IncompleteJournal.Fault) async throws -> String {
            do {
                let report = try await restoration.run()
                Issue.record("restored: \(report)")
                return ""
            } catch let error as IncompleteJournal {
                #expect(error.fault == expected)
                return error.description
            }
        }

        /// Two people accept that the log was longer once.
        func acceptLoss() async throws -> UInt64 {
            try await restoration.acceptLoss(
                network.parts(of: bank, on: log), by: Cast.ada, approvers: ["ada", "grace"])
        }

        /// They cannot, and nothing is changed: a bank that runs on the log is not fenced either.
        func expectRefusal(_ expected: LossRefusal.Reason) async throws -> String {
            let before = try await log.head()
            do {
                let timeline = try await acceptLoss()
                Issue.record("accepted: timeline \(timeline)")
                return ""
            } catch let refusal as LossRefusal {
                #expect(refusal.reason == expected)
                let after = try await log.head()
                #expect(after.position == before.position && after.epoch == before.epoch)
                return refusal.description
            }
        }
    }

    private static let garbage = Record(key: [], headers: [], value: [0xFF, 0xFF])

    /// With another last byte of the last entry.
    private static func altered(_ record: Record) -> Record {
        var value = record.value
        value[value.count - 1] ^= 1
        return Record(key: record.key, headers: record.headers, value: value)
    }

    @Test("Records of others are passed over and counted, and the log is whole")
    func foreign() async throws {
        let scene = try await Scene()
        let genuine = scene.commits.map { Journal.record(of: $0) }
        // Before, between and behind the records, also with a claim to be the log's end; and once
        // the next header with another body.
        var topic = [scene.forged(after: .empty(of: Epoch(0))), Self.garbage]
        topic.append(Self.altered(genuine[0]))
        for record in genuine { topic += [Self.garbage, record] }
        topic += [genuine[0], scene.forged(after: scene.whole.end)]
        try await scene.fill(with: topic)
        let report = try await scene.restoration.run()
        #expect(report.end == scene.whole.head.position)
        #expect(try await scene.log.copy().head.commitHash == scene.whole.head.commitHash)
        #expect(report.passedOver.unreadable == genuine.count + 1)
        #expect(report.passedOver.unsigned == 2)
        #expect(report.passedOver.unfitting == 1)
        // Once more: nothing is left to do, and nothing is wrong.
        #expect(try await scene.restoration.run().restored == 0)
    }

    @Test(
        "A journal of nothing but foreign records is an error, not a restored log",
        arguments: [
            0, 2,
        ])
    func nothingFits(_ kept: Int) async throws {
        let scene = try await Scene(kept: kept)
        try await scene.fill(with: [Self.garbage, scene.forged(after: scene.whole.end)])
        let before = try await scene.log.head().position
        let told = try await scene.expectIncomplete(.nothing)
        #expect(told.contains("holds 2 records"))
        // What is left can be continued, and nothing cannot.
        #expect(told.contains("giro restore bank-a --accept-loss") == (kept > 0))
        #expect(told.contains("cannot continue under its name") == (kept == 0))
        #expect(try await scene.log.head().position == before)
    }

    @Test("Neither log nor journal: nothing is restored, and that is said")
    func nothingThere() async throws {
        let scene = try await Scene()
        try await scene.fill(with: [])
        _ = try await scene.expectIncomplete(.nothing)
    }

    @Test("What is missing is named, and what lies before it restored", arguments: [1, 2])
    func gap(_ missing: Int) async throws {
        let scene = try await Scene()
        let records = scene.commits.enumerated().filter { $0.offset != missing }
            .map { Journal.record(of: $0.element) }
        try await scene.fill(with: records)
        let end = scene.commits[missing - 1].header.last
        let told = try await scene.expectIncomplete(.gap(signedEnd: scene.whole.head.position))
        #expect(told.contains("up to entry \(end) only"))
        #expect(try await scene.log.head().position == end)
    }

    @Test("Where the first record is missing nothing is left that could be continued")
    func gapAtStart() async throws {
        let scene = try await Scene()
        try await scene.fill(with: scene.commits.dropFirst().map { Journal.record(of: $0) })
        let told = try await scene.expectIncomplete(.gap(signedEnd: scene.whole.head.position))
        #expect(!told.contains("giro restore bank-a --accept-loss"))
        #expect(told.contains("cannot continue under its name"))
        _ = try await scene.expectRefusal(.emptyLog)
    }

    @Test("What stood before the missing records counts once they have come again")
    func order() async throws {
        let scene = try await Scene()
        let records = scene.commits.map { Journal.record(of: $0) }
        try await scene.fill(with: [records[0]] + records[2...] + [records[1]])
        #expect(try await scene.restoration.run().end == scene.whole.head.position)
    }

    @Test("A log that the bank did not sign is not continued, and called what it is")
    func foreignLog() async throws {
        let scene = try await Scene(kept: 2)
        try await scene.fill(with: scene.commits.map { Journal.record(of: $0) })
        let restoration = Restoration(
            node: scene.bank, log: scene.log, bus: scene.bus,
            keys: KeyRing(SigningKey().publicKey))
        let error = await #expect(throws: LogError.self) { try await restoration.run() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("Move it away") == true)
    }

    @Test("A log of another history is not continued", arguments: [2, .max])
    func otherLog(_ kept: Int) async throws {
        let key = SigningKey()
        let scene = try await Scene(key: key)
        // The same key, and other commits.
        let other = try await Scene(kept: kept, key: key)
        let end = try await other.log.head()
        try await other.fill(with: scene.commits.map { Journal.record(of: $0) })
        let told = try await other.expectIncomplete(.otherLog)
        #expect(told.contains("make an empty one"))
        #expect(try await other.log.head().commitHash == end.commitHash)
    }

    // MARK: - Losses that people accept

    @Test("Nothing can continue an empty log, whatever the journal holds", arguments: [0, 3])
    func emptyLog(_ records: Int) async throws {
        let scene = try await Scene()
        try await scene.fill(with: scene.commits.prefix(records).map { Journal.record(of: $0) })
        let told = try await scene.expectRefusal(.emptyLog)
        #expect(told.contains("Restore it first: giro restore bank-a."))
        #expect(told.contains("under another name (giro init)"))
    }

    @Test("What the journal still has is no loss: it is restored first")
    func notLost() async throws {
        let scene = try await Scene(kept: 2)
        // Others write to it as well.
        let records = scene.commits.map { Journal.record(of: $0) }
        try await scene.fill(with: [Self.garbage] + records)
        let told = try await scene.expectRefusal(
            .journalContinues(through: scene.whole.head.position))
        #expect(told.contains("Restore it first: giro restore bank-a"))
        // A log that is whole may begin a timeline: where a peer contradicts it.
        _ = try await scene.restoration.run()
        #expect(try await scene.acceptLoss() == 1)
        #expect(try await scene.log.newestCommit()?.header.timeline == 1)
    }

    @Test("What a gap in the journal keeps from being restored is lost, and can be accepted")
    func lostBehindGap() async throws {
        let scene = try await Scene()
        let records = scene.commits.map { Journal.record(of: $0) }
        try await scene.fill(with: Array(records[..<2] + records[3...]))
        let told = try await scene.expectIncomplete(.gap(signedEnd: scene.whole.head.position))
        #expect(told.contains("giro restore bank-a --accept-loss"))
        #expect(try await scene.acceptLoss() == 1)
        #expect(try await scene.log.newestCommit()?.header.timeline == 1)
    }

    @Test(
        "What a log has left that was continued from an earlier state is no loss",
        arguments: [2, .max])
    func leftHistory(_ kept: Int) async throws {
        let key = SigningKey()
        let scene = try await Scene(key: key)
        // The same key, and other commits.
        let other = try await Scene(kept: kept, key: key)
        try await other.fill(with: scene.commits.map { Journal.record(of: $0) })
        let told = try await other.expectRefusal(
            .otherHistory(through: scene.whole.head.position))
        #expect(told.contains("make an empty one and restore into that"))
        // Where it is not whole, it is lost.
        try await other.fill(with: scene.commits.dropFirst().map { Journal.record(of: $0) })
        #expect(try await other.acceptLoss() == 1)
    }
}
