import Chain
import Engine
import EventLog
import HistoryFile
import Ledger
import LedgerWire
import Links
import Logging
import MessageBus
import Node
import Saga
import Synchronization
import TestKit
import Testing
import Wire

/// What two nodes show each other, and what a topic can do to that.
struct LinkTests {
    private static let toB = "transfers.bank-a.bank-b"
    private static let toA = "transfers.bank-b.bank-a"

    private let clock = SetClock()
    private let lines = Lines()

    private func network(
        _ bus: any MessageBus, starting names: [String] = ["bank-a", "bank-b"]
    ) async throws -> TestNetwork {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = {
            $0.clock = clock.nodeClock
            $0.logger = lines.logger
        }
        for name in names { try network.start(name, on: InMemoryEventLog()) }
        try await network.openAccounts()
        return network
    }

    private func begin(_ count: Int, _ network: TestNetwork) async throws -> [CommandID] {
        let bankA = try network.teller("bank-a")
        var ids: [CommandID] = []
        for _ in 0..<count {
            let id = CommandID.next()
            let verdict = try await bankA.transfer(
                1, from: NodeTests.payer, to: NodeTests.payee, id: id)
            #expect(verdict == .applied)
            ids.append(id)
        }
        return ids
    }

    private func settle(_ ids: [CommandID], _ network: TestNetwork) async throws {
        let bankA = try network.teller("bank-a")
        for id in ids {
            try await eventually("a transfer settles") {
                try await bankA.state(of: id) == .confirmed ? true : nil
            }
        }
    }

    private func pay(_ count: Int, _ network: TestNetwork) async throws {
        try await settle(begin(count, network), network)
    }

    /// What bank-b has was paid to it, each once: by its books, and by its log.
    private func expectPaid(_ count: Int, _ network: TestNetwork) async throws {
        let available = try await network.teller("bank-b").available(NodeTests.payee)
        #expect(available == Int64(1_000_000 + count))
        let events = try await network.log(of: "bank-b").commits(after: .start, entriesMax: .max)
            .flatMap { try $0.events(for: Ledger.self) }
        var steps: Set<StepID> = []
        var numbers: [UInt64] = []
        for event in events {
            switch event {
            case .stepDecided(let decided):
                let isNew = steps.insert(decided.step).inserted
                #expect(isNew)
            case .read(let read, Cast.bankA, _): numbers.append(read.number)
            default: break
            }
        }
        #expect(steps.count == count)
        #expect(numbers.last == UInt64(count))
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    }

    /// The numbers that a topic's records show, from an offset on; none for a `read` alone.
    private func numbers(
        on topic: String, _ bus: any MessageBus, from offset: Int64 = 0
    ) async throws -> [[UInt64]] {
        try await bus.records(in: topic, from: offset, recordsMax: 10_000, wait: .zero)
            .map { try Excerpt(decoding: $0.record.value).numbers }
    }

    private func end(of topic: String, _ bus: any MessageBus) async throws -> Int64 {
        try await bus.offsets(of: topic).upperBound
    }

    // MARK: - What a topic does

    @Test("A topic that was emptied is read from its first record, and nothing is taken twice")
    func emptied() async throws {
        let bus = InMemoryMessageBus()
        let network = try await network(bus)
        // One after the other, so that each has a record.
        for _ in 0..<4 { try await pay(1, network) }
        try await network.stop("bank-b")
        let log = try network.log(of: "bank-b")
        let old = try await bus.records(in: Self.toB, from: 0, recordsMax: 1_000, wait: .zero)
        // It begins again with a part of what it had: fewer records than were read.
        bus.empty(topic: Self.toB)
        _ = try await bus.publish(old.prefix(2).map(\.record), to: Self.toB)
        try network.start("bank-b", on: log)
        try await eventually("it is read from its first record") {
            lines.all.contains { $0.message.contains("another history; reading it from") }
                ? true : nil
        }
        try await eventually("what it has was looked at") {
            lines.all.contains { $0.metadata["cause"] == "old" && $0.metadata["peer"] == "bank-a" }
                ? true : nil
        }
        try await pay(3, network)
        try await expectPaid(7, network)
        try await network.stopAll()
    }

    @Test("A record that a topic finds too large is halved until it is not")
    func halved() async throws {
        let bytesMax = 6_000
        let bus = NarrowBus(topic: Self.toB, bytesMax: bytesMax)
        let network = try await network(bus)
        let log = try network.log(of: "bank-b")
        try await network.stop("bank-b")
        let ids = try await begin(100, network)
        try network.start("bank-b", on: log)
        try await settle(ids, network)
        try await expectPaid(100, network)
        let shown = try await bus.records(in: Self.toB, from: 0, recordsMax: 10_000, wait: .zero)
        #expect(bus.refusals > 0)
        #expect(shown.contains { $0.record.value.count > bytesMax / 4 })
        let bankA = try network.teller("bank-a").node
        #expect(!bankA.conditions.contains { $0.code == .peerUnreachable })
        try await network.stopAll()
    }

    @Test("A stranger's 1,500 records of 1 MB keep no bank from starting, and count for nothing")
    func strangersRecords() async throws {
        let bus = InMemoryMessageBus()
        let network = try await network(bus)
        try await pay(1, network)
        let log = try network.log(of: "bank-a")
        try await network.stop("bank-a")
        let noise = Record(key: [], headers: [], value: [UInt8](repeating: 0xA5, count: 1 << 20))
        _ = try await bus.publish(Array(repeating: noise, count: 1_500), to: Self.toA)
        try network.start("bank-a", on: log)
        let bankA = try network.teller("bank-a")
        try await eventually("it starts") { (try? await bankA.available(NodeTests.payer)) }
        // What bank-b answers stands behind all of them.
        try await pay(2, network)
        try await expectPaid(3, network)
        #expect(try await bankA.node.read { $0.quarantined } == 0)
        let said = lines.all.filter { $0.metadata["cause"] == "noExcerpt" }
        #expect(said.first?.metadata["peer"] == "bank-b")
        try await network.stopAll()
    }

    // MARK: - What is shown again

    @Test("A peer that is down is shown one record a pause, also with 10,000 entries that wait")
    func peerIsDown() async throws {
        let bus = InMemoryMessageBus()
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = { $0.clock = clock.nodeClock }
        network.limits.openPerPeerMax = 40_000
        try network.start("bank-a", on: InMemoryEventLog())
        try await network.openAccounts()
        let node = try network.teller("bank-a").node
        try await beginAtOnce(10_000, at: node)
        let given = try await node.read { $0.given[Cast.bankB] }
        #expect(given == 10_000)

        for _ in 0..<7 {
            let before = try await end(of: Self.toB, bus)
            clock.pass(LinkLimits.pauseMax)
            let shown = try await eventually("it is shown again") {
                let shown = try await numbers(on: Self.toB, bus, from: before)
                return shown.isEmpty ? nil : shown
            }
            #expect(shown.count == 1)
            #expect(shown.first?.first == 1)
            #expect(shown.allSatisfy { $0.count <= LinkLimits.entriesMax })
        }
        // It is no trouble for anybody else.
        let condition = try await eventually("nothing else is wrong") {
            let shown = node.conditions
            return shown.map(\.code) == [.peerSilent] ? shown.first : nil
        }
        #expect(!condition.isBlocking)
        try await network.stopAll()
    }

    /// Begins transfers to bank-b, as many at once as there is room for.
    private func beginAtOnce(_ count: Int, at node: Node<Ledger>) async throws {
        let chunk = 1_000
        for _ in 0..<(count / chunk) {
            let applied = Mutex(0)
            for _ in 0..<chunk {
                let begin = try Teller.begin(
                    1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
                node.offer({ .begin(begin, $0) }) { result in
                    guard case .success(.verdict(.applied)) = result else { return }
                    applied.withLock { $0 += 1 }
                }
            }
            try await eventually { applied.withLock { $0 } == chunk ? true : nil }
        }
    }

    @Test("Only what is not acknowledged is shown again, and two idle banks fall silent")
    func shownAgain() async throws {
        let bus = InMemoryMessageBus()
        let network = try await network(bus)
        try await pay(3, network)
        let log = try network.log(of: "bank-b")
        try await network.stop("bank-b")
        let start = try await end(of: Self.toB, bus)
        let ids = try await begin(2, network)
        for _ in 0..<4 {
            let before = try await end(of: Self.toB, bus)
            clock.pass(LinkLimits.pauseMax)
            try await eventually {
                try await numbers(on: Self.toB, bus, from: before).contains { !$0.isEmpty }
                    ? true : nil
            }
        }
        let again = try await numbers(on: Self.toB, bus, from: start).flatMap(\.self)
        #expect(Set(again) == [4, 5])
        #expect(again.count { $0 == 4 } >= 4)

        try network.start("bank-b", on: log)
        try await settle(ids, network)
        try await expectPaid(5, network)
        try await fallSilent(bus)
        let silent = try await end(of: Self.toB, bus)
        try await pay(1, network)
        let next = try await numbers(on: Self.toB, bus, from: silent).flatMap(\.self)
        #expect(Set(next) == [6])
        try await fallSilent(bus)
        try await network.stopAll()
    }

    /// Neither bank says anything any more, however much time passes.
    private func fallSilent(_ bus: any MessageBus) async throws {
        var last: [Int64] = []
        try await eventually("both are silent", every: .milliseconds(100)) {
            let ends = [try await end(of: Self.toA, bus), try await end(of: Self.toB, bus)]
            defer { last = ends }
            clock.pass(LinkLimits.pauseMax)
            return ends == last ? true : nil
        }
    }

    // MARK: - The history file

    enum Lost: CaseIterable {
        case file, end, otherLog, damaged
    }

    @Test(
        "A history file that was lost, or is another's, is filled again", arguments: Lost.allCases)
    func historyFile(_ lost: Lost) async throws {
        let network = try await network(InMemoryMessageBus())
        try await pay(3, network)
        let log = try network.log(of: "bank-a")
        try await network.stop("bank-a")
        let commits = try await log.commits(after: .start, entriesMax: .max)
        network.histories[Cast.bankA] = try Self.history(lost, of: commits)
        try network.start("bank-a", on: log)
        try await pay(3, network)
        try await expectPaid(6, network)
        try await network.stop("bank-a")

        let history = try #require(network.histories[Cast.bankA])
        let all = try await log.commits(after: .start, entriesMax: .max)
        #expect(history.count == UInt64(all.count))
        #expect(all.allSatisfy { history.holds(commit: $0.header.number, hash: $0.hash) })
        try await network.stopAll()
    }

    private static func history(_ lost: Lost, of commits: [Commit]) throws -> HistoryFile {
        switch lost {
        case .file: return HistoryFile(inMemory: [])
        case .end:
            let history = HistoryFile(inMemory: [])
            try history.append(commits.dropLast(3).map(\.hash))
            return history
        case .otherLog:
            let history = HistoryFile(inMemory: [])
            try history.append(commits.map { Hash.sha256(of: $0.hash.bytes) })
            return history
        case .damaged:
            return HistoryFile(inMemory: [UInt8](repeating: 0xA5, count: 64 * commits.count))
        }
    }
}
