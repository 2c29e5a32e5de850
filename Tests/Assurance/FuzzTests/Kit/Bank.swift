import BankAPI
import Chain
import Engine
import EventLog
import HistoryFile
import Ledger
import LedgerWire
import Logging
import MessageBus
import Node
import Saga
import ServiceLifecycle
import Wire

/// bank-a with its shell, a log in memory and a bus on which no peer answers.
struct Bank: Sendable {
    let node: BankNode

    static var quiet: Logger { Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() } }

    static func running<Result: Sendable>(
        _ body: @escaping @Sendable (Bank) async throws -> Result
    ) async throws -> Result {
        let bus = InMemoryMessageBus()
        try await bus.create(Topic.all(of: Bench.node, peers: Bench.peers))
        var parts = Node<Ledger>.Parts(
            configuration: .init(node: Bench.node, peers: Set(Bench.peers)),
            participant: Ledger(node: Bench.node), log: InMemoryEventLog(),
            history: HistoryFile(inMemory: []), bus: bus, key: Bench.key,
            peerKeys: Dictionary(
                uniqueKeysWithValues: Bench.peers.map { ($0, Bench.key(of: $0).publicKey) }),
            peersAddedBy: Bench.clerk, logger: quiet)
        parts.settings.tick = .milliseconds(10)
        let bank = Bank(node: BankNode(parts))
        let group = ServiceGroup(services: bank.node.services, logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await bank.begin()
            let result = try await body(bank)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    private func begin() async throws {
        let operations: [LedgerOperation] =
            [Bench.alice, Bench.amir].map { .open($0, Bench.euro) }
            + [.deposit(Bench.amount(1_000_000), to: Bench.alice)]
            + Bench.peers.map { .limitExposure(of: $0, minorUnits: Bench.limit, Bench.euro) }
        for (number, operation) in operations.enumerated() {
            let id = CommandID(1_000 + UInt64(number))
            let operate = Operate<Ledger>(
                id: id, fingerprint: .sha256(of: id.bytes), principal: Bench.clerk,
                operation: operation)
            let deadline = ContinuousClock.now + .seconds(600)
            while true {
                do {
                    _ = try await node.node.submit { .operate(operate, $0) }
                    break
                } catch let error as NodeError {
                    // It opens its log.
                    guard ContinuousClock.now < deadline else { throw error }
                    await Task.yield()
                }
            }
        }
    }

    var position: Position {
        get async throws { try await node.node.read { $0.position } }
    }

    func checkBooks() async throws {
        try await node.node.read { $0.participant }.checkBooks()
    }
}
