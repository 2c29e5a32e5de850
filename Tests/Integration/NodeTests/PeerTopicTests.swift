import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import Logging
import MessageBus
import Node
import Saga
import Synchronization
import TestKit
import Testing

/// One peer's topic that does not work: neither the journal nor any other peer waits for it.
struct PeerTopicTests {
    private static let toB = "transfers.bank-a.bank-b"
    private static let fromB = "transfers.bank-b.bank-a"
    private static let journal = "journal.bank-a"
    private static let payeeAtC = "acct-00000001@bank-c"
    private static let notCompared =
        "a peer's topic cannot be read, so what it knows of this log is not compared"

    private let clock = SetClock()
    /// What bank-a logs.
    private let lines = Lines()

    private func network(_ bus: any MessageBus) async throws -> TestNetwork {
        let network = try await TestNetwork(["bank-a", "bank-b", "bank-c"], bus: bus)
        network.change = { parts in
            parts.clock = clock.nodeClock
            if parts.configuration.node == Cast.bankA { parts.logger = lines.logger }
        }
        return network
    }

    private func start(_ network: TestNetwork) async throws {
        for name in network.names { try network.start(name.text, on: InMemoryEventLog()) }
        try await network.openAccounts()
    }

    private func begin(_ network: TestNetwork, to payee: String) async throws -> CommandID {
        let id = CommandID.next()
        let verdict = try await network.teller("bank-a").transfer(
            1, from: NodeTests.payer, to: payee, id: id)
        #expect(verdict == .applied)
        return id
    }

    private func settles(_ id: CommandID, _ network: TestNetwork) async throws {
        let bankA = try network.teller("bank-a")
        try await eventually("the transfer settles") {
            try await bankA.state(of: id) == .confirmed ? true : nil
        }
    }

    private func isPending(_ id: CommandID, _ network: TestNetwork) async throws {
        #expect(try await network.teller("bank-a").state(of: id) == .reserved)
    }

    /// Waits until bank-a says this of bank-b, and a minute later nothing else: it is ready, and
    /// calls no peer silent that it is cut off from.
    private func warns(
        _ code: NodeCondition.Code, _ network: TestNetwork
    ) async throws -> NodeCondition {
        let node = try network.teller("bank-a").node
        try await eventually("\(code) is shown") {
            clock.pass(.seconds(1))
            return node.conditions.contains { $0.code == code } ? true : nil
        }
        clock.pass(.seconds(60))
        let condition = try await eventually("nothing but \(code) is shown") {
            let shown = node.conditions
            return shown.map(\.code) == [code] ? shown.first : nil
        }
        #expect(condition.peer == Cast.bankB)
        #expect(!condition.isBlocking)
        return condition
    }

    private func isWell(_ network: TestNetwork) async throws {
        let node = try network.teller("bank-a").node
        try await eventually("nothing is wrong") { node.conditions.isEmpty ? true : nil }
    }

    private func journalIsWhole(_ bus: any MessageBus, _ network: TestNetwork) async throws {
        let log = try network.log(of: "bank-a")
        try await eventually("the journal holds all of the log") {
            let held = try await bus.records(
                in: "journal.bank-a", from: 0, recordsMax: 1_000, wait: .zero)
            let newest = try held.last.map { try Commit(encoded: $0.record.value).header.last }
            return try await newest == log.head().position ? true : nil
        }
    }

    @Test(
        "A peer's topic that takes nothing holds up neither the journal nor another peer",
        arguments: [BusError.Code.unavailable, .topicMissing, .notAuthorized])
    func takesNothing(_ code: BusError.Code) async throws {
        let bus = SickBus()
        let network = try await network(bus)
        try await start(network)
        bus.fail(.publishing(Self.toB), with: code)
        let pending = try await begin(network, to: NodeTests.payee)
        try await settles(begin(network, to: Self.payeeAtC), network)
        let condition = try await warns(.peerUnreachable, network)
        #expect(condition.why.contains("a test wants it"))
        let line = lines.all.first { $0.message == "nothing can be shown to a peer; retrying" }
        #expect(line?.metadata["peer"] == "bank-b")

        // Also what is decided meanwhile.
        try await settles(begin(network, to: Self.payeeAtC), network)
        try await journalIsWhole(bus, network)
        try await isPending(pending, network)
        bus.heal()
        try await settles(pending, network)
        try await isWell(network)
        #expect(lines.all.contains { $0.message == "a peer is shown this log's entries again" })
        try await network.stopAll()
    }

    @Test("A publish to a peer that is never acknowledged is reported, and holds up no other")
    func neverAcknowledged() async throws {
        let bus = HeldBus()
        let network = try await network(bus)
        try await start(network)
        bus.hold(Self.toB)
        let pending = try await begin(network, to: NodeTests.payee)
        try await eventually { bus.waitingCount > 0 ? true : nil }
        try await settles(begin(network, to: Self.payeeAtC), network)
        let condition = try await warns(.peerUnreachable, network)
        #expect(condition.why.contains(Self.toB))
        try await journalIsWhole(bus, network)
        try await isPending(pending, network)
        bus.letGo()
        try await settles(pending, network)
        try await isWell(network)
        try await network.stopAll()
    }

    @Test(
        "A peer's topic that cannot be read holds up no other peer",
        arguments: [BusError.Code.unavailable, .topicMissing, .notAuthorized])
    func cannotBeRead(_ code: BusError.Code) async throws {
        let bus = SickBus()
        let network = try await network(bus)
        try await start(network)
        bus.fail(.reading(Self.fromB), with: code)
        // A read that had begun before may still bring something.
        let line = try await eventually {
            lines.all.first { $0.message == "a peer's topic cannot be read; retrying" }
        }
        #expect(line.metadata["peer"] == "bank-b")
        let pending = try await begin(network, to: NodeTests.payee)
        try await settles(begin(network, to: Self.payeeAtC), network)
        let condition = try await warns(.inboxFailing, network)
        #expect(condition.why.contains("a test wants it"))
        try await settles(begin(network, to: Self.payeeAtC), network)
        try await journalIsWhole(bus, network)
        try await isPending(pending, network)
        bus.heal()
        try await settles(pending, network)
        try await isWell(network)
        #expect(lines.all.contains { $0.message == "a peer's topic is read again" })
        try await network.stopAll()
    }

    @Test(
        "A node starts without a peer's topics, and works with the others",
        arguments: [BusError.Code.topicMissing, .topicDiffers, .notAuthorized, .newerSchema])
    func missingAtStart(_ code: BusError.Code) async throws {
        let bus = SickBus()
        let network = try await network(bus)
        try await start(network)
        let log = try network.log(of: "bank-a")
        try await network.stop("bank-a")
        bus.fail(.reading(Self.fromB), with: code)
        bus.fail(.publishing(Self.toB), with: code)
        try network.start("bank-a", on: log)
        let bankA = try network.teller("bank-a")
        try await eventually { (try? await bankA.available(NodeTests.payer)) != nil ? true : nil }
        let skipped = lines.all.filter { $0.message == Self.notCompared }
        #expect(skipped.map(\.level) == [.warning])
        #expect(skipped.first?.metadata["peer"] == "bank-b")
        let pending = try await begin(network, to: NodeTests.payee)
        try await settles(begin(network, to: Self.payeeAtC), network)
        let node = try network.teller("bank-a").node
        let shown = try await eventually("both are shown") {
            clock.pass(.seconds(1))
            let shown = node.conditions
            return shown.map(\.code) == [.inboxFailing, .peerUnreachable] ? shown : nil
        }
        #expect(shown.map(\.peer) == [Cast.bankB, Cast.bankB])
        #expect(shown.map(\.isBlocking) == [false, false])
        try await journalIsWhole(bus, network)
        try await isPending(pending, network)
        bus.heal()
        try await settles(pending, network)
        try await isWell(network)
        try await network.stopAll()
    }

    @Test("A node whose journal answers starts again, although a peer's topic does not")
    func startsAgain() async throws {
        let bus = SickBus()
        let network = try await network(bus)
        try await start(network)
        try await settles(begin(network, to: Self.payeeAtC), network)
        let log = try network.log(of: "bank-a")
        try await network.stop("bank-a")
        bus.fail(.reading(Self.fromB))
        try network.start("bank-a", on: log)
        try await settles(begin(network, to: Self.payeeAtC), network)
        #expect(lines.all.contains { $0.message == Self.notCompared })
        bus.heal()
        try await settles(begin(network, to: NodeTests.payee), network)
        try await network.stopAll()
    }

    /// bank-a is stopped, its journal was made again, and bank-b's topic does not answer.
    private func stopWithoutWitness(_ network: TestNetwork, _ bus: SickBus) async throws {
        try await start(network)
        try await settles(begin(network, to: NodeTests.payee), network)
        try await network.stop("bank-a")
        bus.bus.empty(topic: Self.journal)
        bus.fail(.reading(Self.fromB))
    }

    @Test("With an emptied journal, too, no peer's topic keeps a node from starting permanently")
    func emptiedJournal() async throws {
        let bus = SickBus()
        let network = try await network(bus)
        try await stopWithoutWitness(network, bus)
        try network.start("bank-a", on: try network.log(of: "bank-a"))
        try await settles(begin(network, to: Self.payeeAtC), network)
        let line = lines.all.first { $0.message == Self.notCompared }
        #expect(line?.level == .warning)
        #expect(line?.metadata["peer"] == "bank-b")
        try await journalIsWhole(bus, network)
        bus.heal()
        try await settles(begin(network, to: NodeTests.payee), network)
        try await network.stopAll()
    }

    @Test("Where the journal does not answer either, the node waits for its bus")
    func noBus() async throws {
        let sick = Mutex<SickBus?>(nil)
        let bus = SickBus { _ = sick.withLock { $0?.fail(.reading(Self.journal)) } }
        sick.withLock { $0 = bus }
        let network = try await network(bus)
        try await stopWithoutWitness(network, bus)
        let node = try network.start("bank-a", on: try network.log(of: "bank-a"))
        try await eventually("it waits") {
            node.conditions.contains { $0.code == .busUnavailable } ? true : nil
        }
        #expect(!lines.all.contains { $0.message == Self.notCompared })
        sick.withLock { $0 = nil }
        bus.heal()
        try await settles(begin(network, to: NodeTests.payee), network)
        try await network.stopAll()
    }

    @Test("What one peer has said does not count on the topic of another")
    func otherTopic() async throws {
        let bus = InMemoryMessageBus()
        let network = try await network(bus)
        try await start(network)
        try await settles(begin(network, to: Self.payeeAtC), network)
        let said = try await bus.records(
            in: "transfers.bank-c.bank-a", from: 0, recordsMax: 1_000, wait: .zero)
        #expect(!said.isEmpty)
        _ = try await bus.publish(said.map(\.record), to: Self.fromB)
        let line = try await eventually("it is said") {
            lines.all.first { $0.metadata["cause"] == "otherLink" }
        }
        #expect(line.message.hasPrefix("nothing was taken of records on a peer's topic"))
        #expect(line.level == .warning)
        #expect(line.metadata["peer"] == "bank-b")
        // It leaves no trace in the log, and does not keep the peer from being read.
        let events = try await network.log(of: "bank-a").commits(after: .start, entriesMax: .max)
            .flatMap { try $0.events(for: Ledger.self) }
        #expect(
            !events.contains { event in
                if case .quarantined = event { true } else { false }
            })
        try await settles(begin(network, to: NodeTests.payee), network)
        try await network.stopAll()
    }
}
