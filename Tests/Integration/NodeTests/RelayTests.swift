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

struct RelayTests {
    /// As one that takes over while an emptied journal is filled again.
    @Test("A relay that is far behind its log reads it once, not once a group")
    func farBehind() async throws {
        let (bus, log) = (InMemoryMessageBus(), InMemoryEventLog())
        let network = try await TestNetwork(["bank-a"], bus: bus)
        network.settings.relayCommitsMax = 1
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        let euro = try #require(Currency(Teller.euro))
        let account = try #require(AccountID(NodeTests.payer))
        let amount = try #require(Amount(minorUnits: 1, currency: euro))
        // One after the other, so that each is a commit.
        for _ in 0..<100 { _ = try await teller.operate(.deposit(amount, to: account)) }
        try await network.stop("bank-a")
        bus.removeNewest(100, in: "journal.bank-a")

        let counting = SteeredLog(log)
        try network.start("bank-a", on: counting)
        let length = try await eventually("the journal is whole") {
            let held = try await bus.records(
                in: "journal.bank-a", from: 0, recordsMax: 1_000, wait: .zero)
            let commits = try Set(held.map { try Commit(encoded: $0.record.value) })
            let length = try await Int(log.head().position.number)
            let entries = commits.reduce(0) { $0 + $1.entries.count }
            return entries == length ? length : nil
        }
        #expect(length > 100)
        #expect(counting.entriesRead < 5 * length)
        try await network.stopAll()
    }

    /// A bank with a log of more entries than twice what is published at once, and stopped.
    private func stoppedBank(
        _ bus: any MessageBus
    ) async throws -> (network: TestNetwork, log: InMemoryEventLog) {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.settings.relayCommitsMax = 1
        network.settings.inputsPerCommitMax = 1
        let log = InMemoryEventLog()
        try network.start("bank-a", on: log)
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        for _ in 0..<20 {
            let id = CommandID.next()
            _ = try await teller.transfer(1, from: NodeTests.payer, to: NodeTests.payee, id: id)
            try await eventually { try await teller.state(of: id) == .confirmed ? true : nil }
        }
        try await network.stop("bank-a")
        return (network, log)
    }

    /// Waits until the journal holds, in order, what the log says: counted by the bytes.
    private func waitUntilWhole(
        _ bus: any MessageBus, _ log: InMemoryEventLog, _ what: String
    ) async throws {
        try await eventually(what) {
            let commits = try await log.commits(after: .start, entriesMax: .max)
            var rest = commits.map { Journal.record(of: $0) }[...]
            let held = try await bus.offsets(of: "journal.bank-a")
            let records = try await bus.records(
                in: "journal.bank-a", from: held.lowerBound, recordsMax: 10_000, wait: .zero)
            for record in records where record.record.value == rest.first?.value {
                rest.removeFirst()
            }
            return rest.isEmpty ? true : nil
        }
    }

    /// The journal that a writer finds which takes over from one that was filling an emptied
    /// journal again, with records on top that the former one sent before it noticed.
    @Test("A journal with a hole, behind which its newest records lie, is made whole")
    func hole() async throws {
        let bus = InMemoryMessageBus()
        let (network, log) = try await stoppedBank(bus)
        let commits = try await log.commits(after: .start, entriesMax: .max)
        let records = commits.map { Journal.record(of: $0) }
        bus.empty(topic: "journal.bank-a")
        _ = try await bus.publish(Array(records.prefix(records.count / 3)), to: "journal.bank-a")
        _ = try await bus.publish(Array(records.suffix(6)), to: "journal.bank-a")
        try network.start("bank-a", on: log)
        try await waitUntilWhole(bus, log, "the journal is whole")
        try await network.stopAll()
    }

    /// As found by chaos under seed 2670487272: a broker came back empty, the writer began to
    /// publish its whole log again, and was fenced in the middle. What it had handed to the broker
    /// by then arrives while the new writer is at it, or behind.
    @Test(
        "A writer that is fenced in the middle of publishing all again leaves no hole",
        arguments: [1, 2, 3])
    func fencedInTheMiddle(_ publication: Int) async throws {
        let (bus, log) = (InMemoryMessageBus(), InMemoryEventLog())
        let first = try await TestNetwork(["bank-a"], bus: bus)
        first.settings.inputsPerCommitMax = 1
        try first.start("bank-a", on: log)
        try await first.openAccounts()
        // More than is published at once.
        try await deposit(1_200, at: first)
        try await first.stop("bank-a")
        bus.empty(topic: "journal.bank-a")

        let gated = GatedBus(bus, topic: "journal.bank-a", atPublication: publication)
        let old = try await TestNetwork(["bank-a"], bus: gated, key: first.key)
        try old.start("bank-a", on: log)
        try await eventually("the old writer is in the middle") { gated.isWaiting ? true : nil }
        let new = try await TestNetwork(["bank-a"], bus: bus, key: first.key)
        try new.start("bank-a", on: log)
        try await deposit(1, at: new)
        gated.open()
        #expect(try await (old.failure(of: "bank-a") as? LogError)?.code == .fenced)
        try await deposit(1, at: new)
        try await waitUntilWhole(bus, log, "the journal is whole")
        try await new.stopAll()
    }

    private func deposit(_ count: Int, at network: TestNetwork) async throws {
        let teller = try network.teller("bank-a")
        let euro = try #require(Currency(Teller.euro))
        let account = try #require(AccountID(NodeTests.payer))
        let amount = try #require(Amount(minorUnits: 1, currency: euro))
        for _ in 0..<count { _ = try await teller.operate(.deposit(amount, to: account)) }
    }

    @Test("Records of no journal, or forged, neither stop the relay nor move its cursor")
    func forged() async throws {
        let bus = InMemoryMessageBus()
        let (network, log) = try await stoppedBank(bus)
        let stranger = SigningKey()
        func forge(_ count: Int) async throws {
            var end = try await log.copy().end
            let records = (1...count).map { _ in
                let commit = Commit.signed(
                    [(nil, EntryParts(kept: [1]))], after: end, node: network.names[0],
                    timeline: 0, time: .distantPast, inboxes: [:], key: stranger)
                end.advance(over: commit)
                return Journal.record(of: commit)
            }
            let junk = Record(key: [], headers: [], value: [0xFF, 0xFF])
            _ = try await bus.publish([junk] + records, to: "journal.bank-a")
        }
        try await forge(40)
        try network.start("bank-a", on: log)
        let teller = try network.teller("bank-a")
        for _ in 0..<5 {
            let id = CommandID.next()
            _ = try await teller.transfer(1, from: NodeTests.payer, to: NodeTests.payee, id: id)
            try await forge(10)
            try await eventually { try await teller.state(of: id) == .confirmed ? true : nil }
        }
        try await waitUntilWhole(bus, log, "the journal is whole")
        try await network.stopAll()
    }

    @Test("A recreated bank publishes its whole log behind what an older bank of that name left")
    func madeAnew() async throws {
        let bus = InMemoryMessageBus()
        let (older, _) = try await stoppedBank(bus)
        try await older.stopAll()
        let network = try await TestNetwork(["bank-a"], bus: bus)
        let log = InMemoryEventLog()
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        try await waitUntilWhole(bus, log, "the new log is in the journal")
        try await network.stopAll()
    }
}
