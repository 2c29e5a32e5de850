import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import Links
import MessageBus
import Node
import Saga
import Synchronization
import TestKit
import Testing
import Wire

/// A process whose log does not open at the first try, or is replaced by another one.
struct ReopenedLogTests {
    enum Moment: CaseIterable {
        case inPause, unnoticed
    }

    @Test(
        "A log that was replaced after the evidence was read is not continued",
        arguments: Moment.allCases)
    func replaced(_ moment: Moment) async throws {
        let (network, backup, whole) = try await RewoundLogTests().history()
        let tries = Mutex(0)
        let log = SteeredLog(
            InMemoryEventLog(whole),
            beforeTakeOver: { log throws(LogError) in
                guard
                    tries.withLock({
                        $0 += 1; return $0 == 1
                    })
                else { return }
                log.become(backup)
                if moment == .inPause { throw LogError(.unavailable, "Not now.") }
            })
        try network.start("bank-a", on: log)
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .rewound)
    }

    @Test("Who does not know whether it has the log tries again, at the start and later")
    func answerLost() async throws {
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        let takeOvers = Mutex(0)
        let log = SteeredLog(
            InMemoryEventLog(),
            afterTakeOver: { _ throws(LogError) in
                // The first one, and the first one of the second session.
                let isLost = takeOvers.withLock {
                    $0 += 1; return [1, 3].contains($0)
                }
                if isLost { throw LogError(.outcomeUnknown, "The answer was lost.") }
            })
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        let before = try await log.head().position
        log.holdAnswers()
        async let verdict = teller.operate(try deposit(1))
        try await eventually { try await log.head().position > before ? true : nil }
        log.loseAnswers()
        _ = try await verdict
        #expect(try await teller.operate(try deposit(2)) == .applied)
        #expect(takeOvers.withLock { $0 } == 4)
        try await network.stopAll()
    }

    @Test(
        "A standby that got the lease meanwhile keeps it, and the advice fits who lost it",
        arguments: [(LogError.Code.unavailable, "End it"), (.outcomeUnknown, "leave it running")])
    func standbyWasFaster(_ code: LogError.Code, _ advice: String) async throws {
        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        network.settings.heartbeatTimeout = .milliseconds(300)
        let chair = InMemoryChair()
        let log = SteeredLog(
            InMemoryEventLog(),
            beforeTakeOver: { _ throws(LogError) in
                // Another process sits down while this one does not get the log.
                chair.free()
                _ = try await InMemoryLease(chair).take()
                throw LogError(code, "Not now.")
            })
        try network.start("bank-a", on: log, lease: InMemoryLease(chair))
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .fenced)
        #expect(error.message.contains(advice))
        #expect(try await log.head().epoch == Epoch(0))
    }

    /// The relay reads the log where nothing was handed to it: also what is durable and was not
    /// answered yet.
    @Test("What was published, but never answered, must be there when the log comes back")
    func publishedUnanswered() async throws {
        let bus = HeldBus()
        let network = try await TestNetwork(["bank-a"], bus: bus)
        let log = SteeredLog(InMemoryEventLog())
        try network.start("bank-a", on: log)
        try await network.openAccounts()
        let teller = try network.teller("bank-a")
        _ = try await teller.operate(try deposit(1))
        try await eventually { try await Self.journaled(bus) == log.head().position ? true : nil }

        bus.hold("journal.bank-a")
        _ = try await teller.operate(try deposit(2))
        try await eventually { bus.waitingCount > 0 ? true : nil }
        let answered = try await log.copy()
        log.holdAnswers()
        let lost = Task { try await teller.node.submit(try Self.operate(try deposit(3))) }
        try await eventually {
            try await log.head().position > answered.head.position ? true : nil
        }
        bus.letGo()
        try await eventually {
            try await Self.journaled(bus) > answered.head.position ? true : nil
        }
        // A replica that lacks the newest commit takes the server's place.
        log.become(answered)
        log.loseAnswers()
        let error = try await #require(network.failure(of: "bank-a") as? LogError)
        #expect(error.code == .rewound)
        _ = await lost.result
    }

    /// A peer's topic that takes its time does not hold up the journal, and the other way round;
    /// the end waits for both.
    @Test(
        "What was released before a shutdown is published before its end",
        arguments: ["journal.bank-a", "transfers.bank-a.bank-b"])
    func drained(_ topic: String) async throws {
        let bus = HeldBus()
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: bus)
        for name in network.names { try network.start(name.text, on: InMemoryEventLog()) }
        try await network.openAccounts()
        let (bankA, bankB) = (try network.teller("bank-a"), try network.teller("bank-b"))
        let id = CommandID.next()
        _ = try await bankB.transfer(5, from: NodeTests.payee, to: NodeTests.payer, id: id)
        try await eventually { try await bankB.state(of: id) == .confirmed ? true : nil }
        try await eventually { try await bankA.node.read { $0.openSagas } == 0 ? true : nil }
        let log = try network.log(of: "bank-a")
        try await eventually { try await Self.journaled(bus) == log.head().position ? true : nil }

        // An entry is shown once more: that it was taken is said again, which follows from no
        // commit.
        let answers = try await bus.offsets(of: "transfers.bank-a.bank-b").upperBound
        bus.hold(topic)
        try await repeatEntry(bus)
        try await eventually("the acknowledgment is on its way") {
            if bus.waitingCount > 0 { return true }
            return try await bus.offsets(of: "transfers.bank-a.bank-b").upperBound > answers
                ? true : nil
        }
        _ = try await bankA.operate(try deposit(1))
        try await eventually { bus.waitingCount > 0 ? true : nil }
        // While a publish waits, more is released.
        _ = try await bankA.operate(try deposit(1))
        // Once the node accepts no more input, its relay is asked to end.
        let opening = Task { [node = bankA.node] in
            try await eventually { (try? await node.read { $0.position }) == nil ? true : nil }
            bus.letGo()
        }
        try await network.stop("bank-a")
        _ = try await opening.value
        #expect(try await Self.journaled(bus) == log.head().position)
        #expect(try await bus.offsets(of: "transfers.bank-a.bank-b").upperBound > answers)
        try await network.stopAll()
    }

    private func repeatEntry(_ bus: HeldBus) async throws {
        let held = try await bus.records(
            in: "transfers.bank-b.bank-a", from: 0, recordsMax: 100, wait: .zero)
        let shown = try held.first {
            try !Excerpt(decoding: $0.record.value).numbers.isEmpty
        }
        _ = try await bus.publish([try #require(shown).record], to: "transfers.bank-b.bank-a")
    }

    private func deposit(_ minorUnits: Int64) throws -> LedgerOperation {
        let euro = try #require(Currency(Teller.euro))
        return .deposit(
            try #require(Amount(minorUnits: minorUnits, currency: euro)),
            to: try #require(AccountID(NodeTests.payer)))
    }

    private static func operate(
        _ operation: LedgerOperation
    ) throws -> @Sendable (Ticket) -> Input<Ledger> {
        let operate = Operate<Ledger>(
            id: .next(), fingerprint: .zero, principal: Cast.ada, operation: operation)
        return { .operate(operate, $0) }
    }

    /// The highest position in bank-a's journal.
    private static func journaled(_ bus: HeldBus) async throws -> Position {
        let held = try await bus.records(
            in: "journal.bank-a", from: 0, recordsMax: 1_000, wait: .zero)
        return try held.map { try Commit(encoded: $0.record.value).header.last }.max() ?? .start
    }
}
