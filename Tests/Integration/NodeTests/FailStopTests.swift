import Chain
import Engine
import EventLog
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import Synchronization
import Testing

/// A log whose n-th append fails, in one of the ways appends fail.
final class FailingLog: EventLog {
    enum Failure: String, CaseIterable, Sendable {
        case unavailable
        case lostBefore
        case lostAfter
    }

    private let log: InMemoryEventLog
    private let failure: Failure
    private let appendsLeft: Mutex<Int>
    private let onFailure = Mutex<@Sendable () -> Void>({})

    init(_ failure: Failure, atAppend number: Int) {
        log = InMemoryEventLog()
        self.failure = failure
        appendsLeft = Mutex(number)
    }

    /// Lets the next append fail, and `body` happen as it does.
    func failNext(_ body: @escaping @Sendable () -> Void) {
        onFailure.withLock { $0 = body }
        appendsLeft.withLock { $0 = 1 }
    }

    var hasFailed: Bool { appendsLeft.withLock { $0 <= 0 } }

    func startAppending(_ commit: Commit, as writer: Epoch) -> Appending {
        let isDue = appendsLeft.withLock { left in
            left -= 1
            return left == 0
        }
        guard isDue else { return log.startAppending(commit, as: writer) }
        onFailure.withLock { $0 }()
        if failure == .lostAfter { _ = log.startAppending(commit, as: writer) }
        let appending = Appending()
        appending.finish(.failure(LogError(
            failure == .unavailable ? .unavailable : .outcomeUnknown, "planted")))
        return appending
    }

    func head() async throws(LogError) -> Head { try await log.head() }

    func takeOver(from epoch: Epoch) async throws(LogError) -> Head {
        try await log.takeOver(from: epoch)
    }

    func commits(
        after position: Position, entriesMax: Int
    ) async throws(LogError) -> [Commit] {
        try await log.commits(after: position, entriesMax: entriesMax)
    }

    func entries(of saga: SagaID) async throws(LogError) -> [Entry] {
        try await log.entries(of: saga)
    }

    func newestSnapshot() async throws(LogError) -> Snapshot? { try await log.newestSnapshot() }
    func save(_ snapshot: Snapshot) async throws(LogError) { try await log.save(snapshot) }
    func close() async { await log.close() }
}

struct FailStopTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let failure: FailingLog.Failure
        let append: Int
        var testDescription: String { "\(failure) at append \(append)" }

        static let all = FailingLog.Failure.allCases.flatMap { failure in
            (2...14).map { Fault(failure: failure, append: $0) }
        }
    }

    @Test("Whichever append fails, and however: each transfer happens once", arguments: Fault.all)
    func failedAppend(_ fault: Fault) async throws {
        let network = try await TestNetwork(["bank-a", "bank-b"], bus: InMemoryMessageBus())
        let log = FailingLog(fault.failure, atAppend: fault.append)
        try network.start("bank-a", on: log)
        try network.start("bank-b", on: InMemoryEventLog())
        try await openAccounts(network)
        let bankA = try network.teller("bank-a")
        var ids: [SagaID] = []
        for _ in 0..<5 {
            let id = SagaID.next()
            ids.append(id)
            let verdict = try await bankA.transfer(
                100, from: NodeTests.payer, to: NodeTests.payee, id: id)
            #expect([.applied, .duplicate(of: .applied)].contains(verdict))
        }
        for id in ids {
            try await eventually { try await bankA.state(of: id) == .confirmed ? true : nil }
        }
        #expect(try await bankA.available(NodeTests.payer) == 999_500)
        #expect(try await network.teller("bank-b").available(NodeTests.payee) == 1_000_500)
        try await network.stopAll()
    }

    /// With fixed UUIDs: a deposit whose answer is lost is sent again, and made once.
    private func openAccounts(_ network: TestNetwork) async throws {
        let euro = try #require(Currency(Teller.euro))
        for name in network.names {
            let teller = try network.teller(name.text)
            let account = try #require(AccountID("acct-00000001@\(name)"))
            let amount = try #require(Amount(minorUnits: 1_000_000, currency: euro))
            _ = try await teller.operate(.open(account, euro))
            _ = try await teller.operate(.deposit(amount, to: account))
            for peer in network.names where peer != name {
                _ = try await teller.operate(
                    .limitExposure(of: peer, minorUnits: 1 << 40, euro))
            }
        }
    }
}
