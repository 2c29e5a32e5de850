import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import TestKit
import Testing
import Wire

/// A second process that waits for the first one's log.
struct StandbyTests {
    private func network() async throws -> TestNetwork {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        network.settings.heartbeat = .milliseconds(20)
        network.settings.standbyLook = .milliseconds(20)
        network.settings.heartbeatTimeout = .milliseconds(300)
        return network
    }

    @Test("Who is no standby is refused when the holder of the lease is alive")
    func refused() async throws {
        let network = try await network()
        let chair = try await takenChair()
        chair.keepAlive()
        try network.start("bank-a", on: InMemoryEventLog(), lease: InMemoryLease(chair))
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .fenced)
        #expect(error.message.contains("is alive"))
    }

    @Test("Who is no standby is refused when a silent holder keeps the lease for the timeout")
    func refusedBySilence() async throws {
        let network = try await network()
        let chair = try await takenChair()
        try network.start("bank-a", on: InMemoryEventLog(), lease: InMemoryLease(chair))
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .fenced)
        #expect(error.message.contains("no sign of life"))
    }

    @Test("A session that outlives its process by a moment keeps no process from starting")
    func outlived() async throws {
        let network = try await network()
        network.settings.heartbeatTimeout = .seconds(60)
        let chair = try await takenChair()
        try network.start("bank-a", on: InMemoryEventLog(), lease: InMemoryLease(chair))
        try network.start("bank-b", on: InMemoryEventLog())
        try await eventually { chair.refusals > 1 ? true : nil }
        chair.free()
        try await network.openAccounts()
        try await network.stopAll()
    }

    /// Of a process that does nothing else.
    private func takenChair() async throws -> InMemoryChair {
        let chair = InMemoryChair()
        _ = try await InMemoryLease(chair).take()
        return chair
    }

    @Test("A standby that is shut down while it waits just ends")
    func shutDown() async throws {
        let network = try await network()
        network.settings.standsBy = true
        let chair = try await takenChair()
        try network.start("bank-a", on: InMemoryEventLog(), lease: InMemoryLease(chair))
        try await network.stop("bank-a")
    }

    @Test("Whose log is taken over while it opens it is fenced, and calls nothing corrupt")
    func takenOverMeanwhile() async throws {
        let network = try await network()
        let log = InMemoryEventLog()
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        try await network.crash("bank-a")
        let (key, node) = (network.key, network.names[0])
        let parts = Event<LedgerFact>.encode(.inboxAdvanced, to: nil, for: Ledger.self)
        let steered = SteeredLog(
            log,
            afterTakeOver: { head throws(LogError) in
                let next = try await log.takeOver(from: head.epoch)
                let commits = try await log.commits(after: .start, entriesMax: .max)
                let newest = commits.last
                let history = commits.reduce(into: HistoryTree()) { $0.append($1.hash) }
                try await log.append(
                    .signed(
                        [(nil, parts)], after: LogEnd(next, history), node: node, timeline: 0,
                        time: newest?.header.time ?? .distantPast, inboxes: [:], key: key))
            })
        try network.start("bank-a", on: steered)
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .fenced)
    }

    @Test("A process that opens its log slowly is not mistaken for a stalled one")
    func opensSlowly() async throws {
        let network = try await network()
        let (chair, log) = (InMemoryChair(), InMemoryEventLog())
        let tooLong = network.settings.heartbeatTimeout * 4
        let slow = SteeredLog(log, afterTakeOver: { _ in try? await Task.sleep(for: tooLong) })
        try network.start("bank-a", on: slow, lease: InMemoryLease(chair))
        let second = try await TestNetwork(
            ["bank-a", "bank-b"], bus: network.bus, key: network.key)
        second.settings = network.settings
        second.settings.standsBy = true
        try second.start("bank-a", on: log, lease: InMemoryLease(chair))
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        #expect(try await log.head().epoch == Epoch(1))
        try await second.stopAll()
        try await network.stopAll()
    }

    enum Fate: CaseIterable {
        case killed, standingStill
    }

    @Test("The standby takes over, and the first process is fenced", arguments: Fate.allCases)
    func takesOver(_ fate: Fate) async throws {
        let network = try await network()
        let (chair, log) = (InMemoryChair(), InMemoryEventLog())
        let first = InMemoryLease(chair)
        try network.start("bank-a", on: log, lease: first)
        try network.start("bank-b", on: InMemoryEventLog())
        try await network.openAccounts()
        let active = try network.teller("bank-a")
        let id = CommandID.next()
        _ = try await active.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: id)

        let second = try await TestNetwork(
            ["bank-a", "bank-b"], bus: network.bus, key: network.key)
        second.settings = network.settings
        second.settings.standsBy = true
        try second.start("bank-a", on: log, lease: InMemoryLease(chair))
        switch fate {
        case .killed:
            try await network.crash("bank-a")
            chair.free()
        case .standingStill:
            first.pause()
        }
        let standby = try second.teller("bank-a")
        try await eventually {
            (try? await standby.state(of: id)) == .confirmed ? true : nil
        }
        if fate == .standingStill {
            let error = try await #require(network.failure(of: "bank-a") as? LogError)
            #expect(error.code == .fenced)
        }
        let next = CommandID.next()
        _ = try await standby.transfer(100, from: NodeTests.payer, to: NodeTests.payee, id: next)
        try await eventually {
            try await standby.state(of: next) == .confirmed ? true : nil
        }
        #expect(try await standby.available(NodeTests.payer) == 999_800)
        try await second.stopAll()
        try await network.stopAll()
    }
}
