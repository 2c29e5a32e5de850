import Engine
import EventLog
import Ledger
import MessageBus
import Node
import Saga
import Synchronization
import Testing

/// Deadlines mean nothing under a clock that was set: a node decides nothing until it is right.
@Suite struct ClockTests {
    @Test("A clock that jumps pauses a node until it is right again", arguments: [-7_200, 7_200])
    func jumps(_ seconds: Int64) async throws {
        let clock = SetClock()
        let network = try await oneBank(under: clock, on: InMemoryEventLog())
        try await network.openAccounts()
        clock.offset = seconds * 1_000
        let answers = try await ask(network)
        try await clock.isLookedAt(10)
        #expect(answers.count == 0)
        clock.offset = 0
        try await eventually { answers.count == 1 ? true : nil }
        try await network.stopAll()
    }

    @Test("A log that is opened again does not make a wrong clock right")
    func reopens() async throws {
        let clock = SetClock()
        let log = FailingLog(.lostAfter, atAppend: .max)
        let network = try await oneBank(under: clock, on: log)
        try await network.openAccounts()
        log.failNext { clock.offset = 7_200_000 }
        let begin = try Teller.begin(
            1, from: NodeTests.payer, to: NodeTests.payee, via: [], id: .next())
        try network.teller("bank-a").node.offer({ .begin(begin, $0) }) { _ in }
        try await eventually { log.hasFailed ? true : nil }
        let answers = try await ask(network)
        try await clock.isLookedAt(10)
        #expect(answers.count == 0)
        clock.offset = 0
        try await eventually { answers.count == 1 ? true : nil }
        try await network.stopAll()
    }

    @Test("Told to end, a node does not wait for its clock", .timeLimit(.minutes(1)))
    func ends() async throws {
        let clock = SetClock()
        let network = try await oneBank(under: clock, on: InMemoryEventLog())
        try await network.openAccounts()
        clock.offset = 7_200_000
        let answers = try await ask(network)
        try await clock.isLookedAt(10)
        try await network.stopAll()
        #expect(answers.count == 0)
    }

    @Test("A log written under a clock that was ahead goes on when time has come as far")
    func wasAhead() async throws {
        let clock = SetClock()
        let log = InMemoryEventLog()
        clock.offset = 7_200_000
        let before = try await oneBank(under: clock, on: log)
        try await before.openAccounts()
        try await before.stopAll()

        clock.offset = 0
        let network = try await oneBank(under: clock, on: log, key: before.key)
        let answers = try await ask(network)
        try await clock.isLookedAt(10)
        #expect(answers.count == 0)
        // Two hours pass, for both clocks.
        clock.pass(.seconds(7_200))
        try await eventually { answers.count == 1 ? true : nil }
        try await network.stopAll()
    }

    private func oneBank(
        under clock: SetClock, on log: any EventLog, key: SigningKey = SigningKey()
    ) async throws -> TestNetwork {
        let network = try await TestNetwork(
            ["bank-a", "bank-b"], bus: InMemoryMessageBus(), key: key)
        network.change = { $0.clock = clock.nodeClock }
        try network.start("bank-a", on: log)
        return network
    }

    /// Sends a read as soon as the node takes one in, and counts its answers.
    private func ask(_ network: TestNetwork) async throws -> Answers {
        let node = try network.teller("bank-a").node
        return try await eventually {
            let answers = Answers()
            node.offer({ .read({ $0.position }, $0) }) { result in
                switch result {
                case .success: answers.add()
                case .failure: answers.refuse()
                }
            }
            return answers.isRefused ? nil : answers
        }
    }
}

private final class Answers: Sendable {
    private let number = Mutex(0)
    private let refused = Mutex(false)

    var count: Int { number.withLock { $0 } }
    var isRefused: Bool { refused.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
    func refuse() { refused.withLock { $0 = true } }
}

/// The system's clocks, set by hand.
private final class SetClock: Sendable {
    private struct State {
        var offset: Int64 = 0
        var passed = Duration.zero
        var looks = 0
    }

    private let state = Mutex(State())

    /// How far the wall clock is wrong, in milliseconds.
    var offset: Int64 {
        get { state.withLock { $0.offset } }
        set { state.withLock { $0.offset = newValue } }
    }

    func pass(_ time: Duration) { state.withLock { $0.passed += time } }

    /// Returns once nodes have looked that many times more.
    func isLookedAt(_ times: Int) async throws {
        let goal = state.withLock { $0.looks } + times
        try await eventually { state.withLock { $0.looks } >= goal ? true : nil }
    }

    var nodeClock: NodeClock {
        NodeClock(
            now: {
                let (wrong, passed) = self.state.withLock { state in
                    state.looks += 1
                    return (state.offset, state.passed)
                }
                return NodeClock.system.now() + passed + .milliseconds(wrong)
            },
            sinceBoot: { NodeClock.system.sinceBoot() + self.state.withLock { $0.passed } },
            sleep: NodeClock.system.sleep)
    }
}
