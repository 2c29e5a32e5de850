import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import Logging
import MessageBus
import Saga
import Testing
import TestKit

@testable import Node

/// What a node says of its peers, and of clients that it refuses for them.
struct PeerConditionTests {
    private let clock = SetClock()
    private let lines = Lines()

    private func shown(
        _ code: NodeCondition.Code, at text: String, _ network: TestNetwork
    ) async throws -> NodeCondition {
        let node = try network.teller(text).node
        return try await eventually("\(code) is shown") {
            node.conditions.first { $0.code == code }
        }
    }

    private func isWell(_ text: String, _ network: TestNetwork) async throws {
        let node = try network.teller(text).node
        try await eventually("nothing is wrong") { node.conditions.isEmpty ? true : nil }
    }

    @Test("A peer that does not answer, and clients that are refused for it")
    func silentPeer() async throws {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        network.limits.openSagasMax = 1
        network.change = { $0.clock = clock.nodeClock }
        try network.start("bank-a", on: InMemoryEventLog())
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        try await network.stop("bank-b")
        let bankA = try network.teller("bank-a")
        _ = try await bankA.transfer(1, from: NodeTests.payer, to: NodeTests.payee)
        clock.pass(.seconds(11))
        let full = try await shown(.openSagasFull, at: "bank-a", network)
        #expect(full.isBlocking)
        // Shown again since: the node speaks of it after five minutes.
        let silent = try await eventually("bank-b is silent") {
            clock.pass(.seconds(1))
            return bankA.node.conditions.first { $0.code == .peerSilent }
        }
        #expect(silent.peer?.text == "bank-b")
        #expect(!silent.isBlocking)
        try network.start("bank-b", on: try network.log(of: "bank-b"))
        try await isWell("bank-a", network)
        try await network.stopAll()
    }

    @Test("A suspended peer is named with the reason, when it begins and when it ends")
    func suspendedPeer() async throws {
        let (network, backup, _) = try await RewoundLogTests().history()
        let log = InMemoryEventLog(backup)
        let name = try #require(NodeName("bank-a"))
        let restoration = Restoration(
            node: name, log: log, bus: network.bus, keys: KeyRing(network.key.publicKey))
        try #require(network.bus as? InMemoryMessageBus).empty(topic: "journal.bank-a")
        _ = try await restoration.acceptLoss(
            network.parts(of: name, on: log), by: Cast.ada, approvers: ["ada", "grace"])
        network.change = { $0.logger = lines.logger }
        try network.start("bank-a", on: log)
        try network.start("bank-b", on: try network.log(of: "bank-b"))
        let id = CommandID.next()
        let bankA = try network.teller("bank-a")
        _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)
        let condition = try await shown(.peerSuspended, at: "bank-b", network)
        #expect(condition.peer == name)
        #expect(!condition.isBlocking)
        #expect(condition.why.contains("bank-a lost the end of its log and began timeline 1"))
        let line = try await eventually { warnings(of: name).first }
        #expect(line.level == .warning)
        #expect("\(line.metadata["remedy"] ?? "")".contains("giro peer accept bank-b bank-a"))

        // A restart knows it from the log.
        try await network.stop("bank-b")
        try network.start("bank-b", on: try network.log(of: "bank-b"))
        _ = try await shown(.peerSuspended, at: "bank-b", network)

        // The bank that lost it waits as well: for its own people.
        let waits = try await shown(.peerKeyNotCompared, at: "bank-a", network)
        #expect(waits.peer == Cast.bankB)
        #expect(!waits.isBlocking)
        #expect(warnings(of: Cast.bankB).count == 1)

        try await network.healLoss(of: "bank-a", at: "bank-b")
        try await isWell("bank-b", network)
        try await isWell("bank-a", network)
        try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        let over = lines.all.filter { $0.message.hasSuffix("from counting is over") }
        #expect(
            Set(over.compactMap { $0.metadata["condition"]?.description })
                == ["peerSuspended", "peerKeyNotCompared"])
        #expect(warnings(of: name).count == 2)
        try await network.stopAll()
    }

    /// What was said of a peer of which nothing counts.
    private func warnings(of peer: NodeName) -> [Lines.Line] {
        lines.all.filter {
            $0.message.hasPrefix("nothing that a peer shows counts")
                && $0.metadata["peer"] == "\(peer)"
        }
    }

    @Test("A stopped peer is a warning that a restart keeps, and that ends when it is resumed")
    func stoppedPeer() async throws {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        network.change = { $0.logger = lines.logger }
        try network.start("bank-a", on: InMemoryEventLog())
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        let name = try #require(NodeName("bank-a"))
        let stopping = try await network.teller("bank-b").verdict {
            .setIntake(from: name, .stopped, by: Cast.ada, $0)
        }
        #expect(stopping == .applied)
        let condition = try await shown(.peerStopped, at: "bank-b", network)
        #expect(condition.peer == name)
        #expect(!condition.isBlocking)
        let line = try await eventually {
            lines.all.first { $0.message.hasPrefix("a peer is stopped") }
        }
        #expect(line.metadata["peer"] == "bank-a")
        #expect("\(line.metadata["remedy"] ?? "")".contains("giro peer resume bank-b bank-a"))

        let id = CommandID.next()
        let bankA = try network.teller("bank-a")
        _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)
        try await eventually { try await bankA.state(of: id) == .cancelled ? true : nil }

        // A restart knows it from the log.
        try await network.stop("bank-b")
        try network.start("bank-b", on: try network.log(of: "bank-b"))
        _ = try await shown(.peerStopped, at: "bank-b", network)
        let resuming = try await network.teller("bank-b").verdict {
            .setIntake(from: name, .open, by: Cast.ada, $0)
        }
        #expect(resuming == .applied)
        try await isWell("bank-b", network)
        #expect(lines.all.contains { $0.message.contains("are taken again") })
        let next = CommandID.next()
        _ = try await bankA.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: next)
        try await eventually { try await bankA.state(of: next) == .confirmed ? true : nil }
        try await network.stopAll()
    }
}
