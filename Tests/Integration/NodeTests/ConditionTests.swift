import Engine
import EventLog
import Ledger
import LedgerWire
import Logging
import MessageBus
import Saga
import Synchronization
import TestKit
import Testing

@testable import Node

/// What makes a node say that something is wrong with it, and what ends that.
struct ConditionTests {
    private let clock = SetClock()
    private let lines = Lines()

    private func network(
        _ bus: any MessageBus, starting names: [String] = ["bank-a", "bank-b"],
        bankA log: any EventLog = InMemoryEventLog()
    ) async throws -> TestNetwork {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        network.change = {
            $0.clock = clock.nodeClock
            $0.logger = lines.logger
        }
        for name in names {
            try network.start(name, on: name == "bank-a" ? log : InMemoryEventLog())
        }
        try await network.openAccounts()
        return network
    }

    /// Waits until bank-a says it.
    @discardableResult
    private func shows(
        _ code: NodeCondition.Code, _ network: TestNetwork, blocking: Bool
    ) async throws -> NodeCondition {
        let node = try network.teller("bank-a").node
        return try await eventually("\(code) is shown") {
            node.conditions.first { $0.code == code && $0.isBlocking == blocking }
        }
    }

    private func isWell(_ network: TestNetwork) async throws {
        let node = try network.teller("bank-a").node
        try await eventually("nothing is wrong: \(node.conditions)") {
            node.conditions.isEmpty ? true : nil
        }
    }

    @Test("A node that does not run is starting, one that runs is well")
    func starting() async throws {
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        let name = network.names[0]
        let node = Node(network.parts(of: name, on: InMemoryEventLog()))
        #expect(node.conditions.map(\.code) == [.starting])
        #expect(node.conditions.map(\.isBlocking) == [true])
        try network.start("bank-a", on: InMemoryEventLog())
        try await network.openAccounts()
        try await isWell(network)
        try await network.stopAll()
        #expect(try network.teller("bank-a").node.conditions.first?.code == .stopping)
    }

    @Test("A publish without an acknowledgement is reported before it fails")
    func frozenBroker() async throws {
        let bus = HeldBus()
        let network = try await network(bus)
        let bankA = try network.teller("bank-a")
        bus.hold("journal.bank-a")
        _ = try await bankA.transfer(1, from: NodeTests.payer, to: NodeTests.payee)
        try await eventually { bus.waitingCount > 0 ? true : nil }
        #expect(bankA.node.conditions.isEmpty)
        clock.pass(.seconds(3))
        let warned = try await shows(.publishingFailing, network, blocking: false)
        #expect(warned.why.contains("journal.bank-a"))
        clock.pass(.seconds(7))
        try await shows(.publishingFailing, network, blocking: true)
        // As late as that, its peers learn of nothing.
        try await shows(.journalBehind, network, blocking: false)
        bus.letGo()
        try await isWell(network)
        try await network.stopAll()
    }

    @Test("A journal that takes nothing keeps the node from being ready until it does")
    func journalFails() async throws {
        let bus = SickBus()
        let network = try await network(bus)
        bus.fail(.publishing("journal.bank-a"))
        _ = try await network.teller("bank-a").transfer(
            1, from: NodeTests.payer, to: NodeTests.payee)
        let node = try network.teller("bank-a").node
        try await eventually {
            clock.pass(.seconds(1))
            return node.conditions.first { $0.code == .publishingFailing && $0.isBlocking }
        }
        let condition = try await shows(.publishingFailing, network, blocking: true)
        #expect(condition.why.contains("a test wants it"))
        // Nothing was said to the peer that the journal lacks.
        #expect(try await bus.offsets(of: "transfers.bank-a.bank-b") == 0..<0)
        bus.heal()
        try await isWell(network)
        try await network.stopAll()
    }

    @Test("The only inbox cannot be read")
    func inbox() async throws {
        let bus = SickBus()
        let network = try await network(bus, starting: ["bank-a"])
        bus.fail(.reading("transfers.bank-b.bank-a"))
        let line = try await eventually {
            lines.all.first { $0.message == "a peer's topic cannot be read; retrying" }
        }
        #expect(line.metadata["peer"] == "bank-b")
        clock.pass(.seconds(11))
        let condition = try await shows(.inboxFailing, network, blocking: true)
        #expect(condition.peer?.text == "bank-b")
        #expect(condition.why.contains("a test wants it"))
        bus.heal()
        try await isWell(network)
        #expect(lines.all.contains { $0.message == "a peer's topic is read again" })
        try await network.stopAll()
    }

    @Test("A bus that cannot be read at the start")
    func busAtStart() async throws {
        let bus = SickBus()
        let network = try await TestNetwork(["bank-a"], bus: bus)
        network.change = { $0.clock = clock.nodeClock }
        bus.fail(.reading("journal.bank-a"))
        try network.start("bank-a", on: InMemoryEventLog())
        let condition = try await shows(.busUnavailable, network, blocking: true)
        #expect(condition.why.contains("a test wants it"))
        let node = try network.teller("bank-a").node
        #expect(node.conditions.map(\.code) == [.busUnavailable, .starting])
        bus.heal()
        try await isWell(network)
        try await network.stopAll()
    }

    @Test("A bus that cannot be read at the start is one trouble, however long each try takes")
    func slowStart() async throws {
        // A broker that is down lets each try wait for longer than the longest pause.
        let bus = SickBus(beforeFailing: { [clock] in clock.pass(.seconds(6)) })
        let network = try await TestNetwork(["bank-a"], bus: bus)
        network.change = {
            $0.clock = clock.nodeClock
            $0.logger = lines.logger
        }
        bus.fail(.reading("journal.bank-a"))
        try network.start("bank-a", on: InMemoryEventLog())
        let told = try await eventually("the third line") {
            let told = lines.all.filter { $0.message == "paused; trying again" }
            return told.count < 3 ? nil : Array(told.prefix(3))
        }
        #expect(told.map(\.level) == [.info, .warning, .warning])
        let failures = told.compactMap { $0.metadata["failures"]?.description }
        #expect(failures == ["1", "2", "3"])
        let since = told.compactMap { $0.metadata["since"]?.description }
        #expect(Set(since).count == 1 && since.count == 3)
        bus.heal()
        try await isWell(network)
        try await network.stopAll()
    }

    @Test("A log that does not answer, loses an answer, and works again")
    func silentLog() async throws {
        let log = SteeredLog(InMemoryEventLog())
        let network = try await network(
            InMemoryMessageBus(), starting: ["bank-a"], bankA: log)
        try await isWell(network)
        log.holdAnswers()
        let begin = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        let node = try network.teller("bank-a").node
        node.offer({ .begin(begin, $0) }) { _ in }
        try await eventually {
            clock.pass(.seconds(1))
            return node.conditions.first { $0.code == .engineNotAnswering && $0.isBlocking }
        }
        log.loseAnswers()
        try await eventually {
            lines.all.contains { $0.message == "paused; trying again" } ? true : nil
        }
        // Only a commit that became durable, or some seconds, show that it works again.
        _ = try await network.teller("bank-a").transfer(
            1, from: NodeTests.payer, to: NodeTests.payee)
        try await eventually {
            lines.all.contains { $0.message == "the log works again" } ? true : nil
        }
        try await network.stopAll()
    }

    @Test("A log that is down for long makes few lines")
    func longOutage() async throws {
        let tries = Tries()
        let log = SteeredLog(
            InMemoryEventLog(),
            beforeTakeOver: { (_: SteeredLog) async throws(LogError) in
                guard tries.next() > 100 else { throw LogError(.unavailable, "no server") }
            })
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        network.change = { $0.logger = lines.logger }
        try network.start("bank-a", on: log)
        let condition = try await shows(.logUnavailable, network, blocking: true)
        #expect(condition.why.contains("no server"))
        try await network.openAccounts()
        try await isWell(network)
        let said = lines.all.filter { $0.message == "paused; trying again" }
        #expect(said.first?.level == .warning)
        #expect((1...3).contains(said.count))
        try await network.stopAll()
    }

    @Test("A session that fails while a publish waits answers at once those that wait for it")
    func waitingReplies() async throws {
        let (bus, log) = (HeldBus(), SteeredLog())
        let network = try await network(bus, starting: ["bank-a"], bankA: log)
        let bankA = try network.teller("bank-a")
        bus.hold("journal.bank-a")
        let euro = try #require(Currency(Teller.euro))
        let account = try #require(AccountID(NodeTests.payer))
        let amount = try #require(Amount(minorUnits: 1, currency: euro))
        #expect(try await bankA.operate(.deposit(amount, to: account)) == .applied)
        try await eventually { bus.waitingCount > 0 ? true : nil }
        log.failAppend(1, .unavailable)
        let begin = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        await #expect(throws: NodeError(.interrupted)) {
            try await bankA.node.submit { .begin(begin, $0) }
        }
        #expect(bus.waitingCount > 0)
        #expect(bankA.node.conditions.map(\.code).prefix(2) == [.logUnavailable, .starting])
        bus.letGo()
        #expect(try await bankA.verdict { .begin(begin, $0) } != .conflict)
        try await isWell(network)
        try await network.stopAll()
    }

    @Test("A full queue is full until half its room is free")
    func fullQueue() async throws {
        let seen = Lines()
        let logger = seen.logger
        let queue = InputQueue<Ledger>(capacity: .init(inputs: 4, bytes: 1 << 20)) {
            logger.info("\($0)")
        }
        let look = Input<Ledger>.read({ _ in () }, Ticket(0))
        for _ in 0..<4 { try queue.offer(look) }
        #expect(seen.all.isEmpty)
        #expect(throws: NodeError(.busy)) { try queue.offer(look) }
        #expect(throws: NodeError(.busy)) { try queue.offer(look) }
        _ = await queue.take(atMost: 1)
        try queue.offer(look)
        #expect(seen.all.map(\.message) == ["true"])
        _ = await queue.take(atMost: 2)
        #expect(seen.all.map(\.message) == ["true", "false"])
    }

    @Test("A queue is also full by the bytes that wait, and one input always fits")
    func fullOfBytes() async throws {
        let seen = Lines()
        let logger = seen.logger
        let queue = InputQueue<Ledger>(capacity: .init(inputs: 100, bytes: 100_000)) {
            logger.info("\($0)")
        }
        let look = Input<Ledger>.read({ _ in () }, Ticket(0))
        let large = Self.begin(bytes: 120_000)
        try queue.offer(large)
        #expect(seen.all.isEmpty)
        #expect(throws: NodeError(.busy)) { try queue.offer(look) }
        #expect(await queue.take(atMost: 10)?.count == 1)
        try queue.offer(look)
        // What was put back waits as before.
        queue.putBack([large])
        #expect(throws: NodeError(.busy)) { try queue.offer(look) }
        #expect(await queue.take(atMost: 10)?.count == 2)
        try queue.offer(look)
        #expect(queue.count == 1)
    }

    @Test("A peer that fills its share of a queue waits, and keeps out no client and no other peer")
    func peersShare() async throws {
        let queue = InputQueue<Ledger>(capacity: .init(inputs: 100, bytes: 400_000), peers: 2)
        // One input of a peer always has room, however long it is.
        #expect(await queue.put([Self.delivery(of: Cast.bankB, bytes: 60_000)], from: Cast.bankB))
        let waiting = Task {
            await queue.put([Self.delivery(of: Cast.bankB, bytes: 1)], from: Cast.bankB)
        }
        #expect(await queue.put([Self.delivery(of: Cast.bankC, bytes: 1)], from: Cast.bankC))
        for _ in 0..<100 { try queue.offer(.read({ _ in () }, Ticket(0))) }
        #expect(throws: NodeError(.busy)) { try queue.offer(.read({ _ in () }, Ticket(0))) }
        #expect(queue.count == 102)
        #expect(await queue.take(atMost: 1_000)?.count == 102)
        #expect(await waiting.value)
        #expect(await queue.take(atMost: 1_000)?.count == 1)
    }

    private static func delivery(of peer: NodeName, bytes: Int) -> Input<Ledger> {
        .deliver(Delivery(from: peer, offset: 0, excerpt: nil, byteCount: bytes, holds: true))
    }

    private static func begin(bytes: Int) -> Input<Ledger> {
        let content = Content<LedgerAction>(
            bytes: [UInt8](repeating: 0, count: bytes), hash: .zero, reading: .unreadable)
        let begin = Begin<Ledger>(
            id: .next(), fingerprint: .zero, principal: Cast.ada, content: content,
            deadline: .distantPast)
        return .begin(begin, Ticket(0))
    }
}

/// Counts.
final class Tries: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
