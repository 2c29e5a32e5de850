import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Saga
import Synchronization
import Testing
import TestKit

@testable import Node

/// Deadlines mean nothing under a clock that was set: a node decides nothing until it is right.
@Suite struct ClockTests {
    @Test("A clock that jumps pauses a node until it is right again", arguments: [-7_200, 7_200])
    func jumps(_ seconds: Int64) async throws {
        let clock = SetClock()
        let network = try await oneBank(under: clock, on: InMemoryEventLog())
        try await network.openAccounts()
        clock.offset = seconds * 1_000
        try await isPaused(network)
        clock.offset = 0
        try await decides(network)
        try await network.stopAll()
    }

    @Test("A restart does not make a clock right that was set meanwhile")
    func restarts() async throws {
        let (clock, log, record) = (SetClock(), InMemoryEventLog(), MemoryRecord())
        let before = try await oneBank(under: clock, on: log, record: record)
        try await before.openAccounts()
        try await before.stopAll()

        clock.offset = 7_200_000
        let network = try await oneBank(under: clock, on: log, key: before.key, record: record)
        let fault = try await isPaused(network)
        #expect(abs(fault - 7_200) <= 1)
        clock.offset = 0
        try await decides(network)
        try await network.stopAll()
    }

    @Test("Two approvers get past a log that was written under a clock that was ahead")
    func accepted() async throws {
        let (clock, log, record) = (SetClock(), InMemoryEventLog(), MemoryRecord())
        clock.offset = 7_200_000
        let before = try await oneBank(under: clock, on: log, record: record)
        try await before.openAccounts()
        try await before.stopAll()
        let end = try await newestTime(log)

        clock.offset = 0
        let network = try await oneBank(under: clock, on: log, key: before.key, record: record)
        try await isPaused(network)
        try await network.stopAll()
        let bank = network.names[0]
        let parts = network.parts(of: bank, on: log)
        let restoration = Restoration(
            node: bank, log: log, bus: network.bus, keys: parts.keys)
        let approvers = ["ada", "grace"]
        let accepted = try await restoration.acceptClock(
            parts, by: Cast.ada, approvers: approvers)
        #expect(accepted?.logTime == end)
        #expect(
            try await restoration.acceptClock(parts, by: Cast.ada, approvers: approvers) == nil)

        try network.start("bank-a", on: log)
        try await decides(network)
        // The clock is watched as before, and commits keep the newest time.
        #expect(try await newestTime(log) == end)
        clock.offset = -7_200_000
        try await isPaused(network)
        try await network.stopAll()
    }

    @Test("A log that is opened again does not make a wrong clock right")
    func reopens() async throws {
        let clock = SetClock()
        let log = SteeredLog()
        let network = try await oneBank(under: clock, on: log)
        try await network.openAccounts()
        log.failAppend(1, .lostAfter) { clock.offset = 7_200_000 }
        let begin = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        try network.teller("bank-a").node.offer({ .begin(begin, $0) }) { _ in }
        try await eventually { log.hasFailed ? true : nil }
        try await isPaused(network)
        clock.offset = 0
        try await decides(network)
        try await network.stopAll()
    }

    @Test("Told to end, a node does not wait for its clock", .timeLimit(.minutes(1)))
    func ends() async throws {
        let clock = SetClock()
        let network = try await oneBank(under: clock, on: InMemoryEventLog())
        try await network.openAccounts()
        clock.offset = 7_200_000
        try await isPaused(network)
        try await network.stopAll()
    }

    @Test("A log written under a clock that was ahead continues once time has caught up")
    func wasAhead() async throws {
        let clock = SetClock()
        let log = InMemoryEventLog()
        clock.offset = 7_200_000
        let before = try await oneBank(under: clock, on: log)
        try await before.openAccounts()
        try await before.stopAll()

        clock.offset = 0
        let network = try await oneBank(under: clock, on: log, key: before.key)
        try await isPaused(network)
        // Two hours pass, for both clocks.
        clock.pass(.seconds(7_200))
        try await decides(network)
        try await network.stopAll()
    }

    private func oneBank(
        under clock: SetClock, on log: any EventLog, key: SigningKey = SigningKey(),
        record: MemoryRecord? = nil
    ) async throws -> TestNetwork {
        let network = try await TestNetwork(
            ["bank-a", "bank-b"], bus: InMemoryMessageBus(), key: key)
        network.change = {
            $0.clock = clock.nodeClock
            $0.clockRecord = record?.record
        }
        try network.start("bank-a", on: log)
        return network
    }

    /// Waits until the node refuses commands for its clock, and reads all the same.
    ///
    /// - Returns: How far its clock moved, in seconds.
    @discardableResult
    private func isPaused(_ network: TestNetwork) async throws -> Int64 {
        let node = try network.teller("bank-a").node
        let fault = try await eventually { node.clockFault }
        let position = try await node.read { $0.position }
        let begin = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        await #expect(throws: NodeError(.clockNotTrusted)) {
            try await node.submit { .begin(begin, $0) }
        }
        #expect(try await node.read { $0.position } == position)
        guard case .moved(let duration) = fault else { return 0 }
        return duration.components.seconds
    }

    private func newestTime(_ log: any EventLog) async throws -> Timestamp? {
        try await log.newestCommit()?.header.time
    }

    private func decides(_ network: TestNetwork) async throws {
        let begin = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        let node = try network.teller("bank-a").node
        try await eventually {
            let reply = try? await node.submit { .begin(begin, $0) }
            if case .verdict? = reply { return true } else { return nil }
        }
        #expect(node.clockFault == nil)
    }
}

/// What a folder keeps of the clock.
private final class MemoryRecord: Sendable {
    private let offset = Mutex<Int64?>(nil)

    var record: ClockRecord {
        ClockRecord(
            load: { self.offset.withLock { $0 } },
            save: { new in self.offset.withLock { $0 = new } })
    }
}

/// Peers' times warn; only most of at least three count against a node's own clock.
@Suite struct PeerClocksTests {
    private static let now = Timestamp(milliseconds: 1_795_000_000_000)
    private let clock = SetClock()
    private let clocks: PeerClocks

    init() {
        let clock = clock
        clocks = PeerClocks { clock.offset }
    }

    /// A header of a peer's, which acknowledges an entry of ours of that time.
    private func note(
        _ peer: String, _ seconds: Int, acknowledging: Int? = nil
    ) -> PeerClocks.Comparison? {
        guard let peer = NodeName(peer) else { return nil }
        if let acknowledging {
            clocks.noteGiven(1...2, to: peer, at: Self.now + .seconds(acknowledging))
        }
        return clocks.note(
            peer, time: Self.now + .seconds(seconds),
            acknowledged: acknowledging == nil ? 0 : 2, now: Self.now)
    }

    @Test("Two peers only warn; a third that agrees with them pauses, until time has come as far")
    func behind() {
        #expect(note("bank-b", 300) == .behind)
        #expect(note("bank-c", 300) == .behind)
        #expect(clocks.fault(at: Self.now) == nil)
        #expect(note("bank-d", 0) == nil)
        let fault = ClockFault.peersDisagree(isAhead: false, peers: 2, of: 3)
        #expect(clocks.fault(at: Self.now) == fault)
        #expect(clocks.fault(at: Self.now + .seconds(200)) == nil)
    }

    @Test("A header that is older than an entry of ours which it acknowledges shows we are ahead")
    func ahead() {
        for peer in ["bank-b", "bank-c", "bank-d"] {
            #expect(note(peer, -300, acknowledging: 0) == .ahead)
        }
        let fault = ClockFault.peersDisagree(isAhead: true, peers: 3, of: 3)
        #expect(clocks.fault(at: Self.now) == fault)
        #expect(note("bank-b", 0, acknowledging: 0) == .agrees)
        #expect(note("bank-c", 0, acknowledging: 0) == .agrees)
        #expect(clocks.fault(at: Self.now) == nil)
    }

    @Test("A clock that was set back is no longer ahead, though peers show nothing new")
    func corrected() {
        for peer in ["bank-b", "bank-c", "bank-d"] {
            #expect(note(peer, -300, acknowledging: 0) == .ahead)
        }
        #expect(clocks.fault(at: Self.now) != nil)
        clock.offset = -299_000
        #expect(clocks.fault(at: Self.now + .seconds(-299)) == nil)
        clock.offset = 0
        #expect(clocks.fault(at: Self.now) != nil)
    }

    @Test("An old header that waited says nothing")
    func old() {
        for peer in ["bank-b", "bank-c", "bank-d"] {
            #expect(note(peer, -3_600, acknowledging: -3_700) == nil)
        }
        #expect(clocks.fault(at: Self.now) == nil)
    }
}
