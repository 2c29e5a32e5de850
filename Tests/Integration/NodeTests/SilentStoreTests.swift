import Chain
import EventLogPostgres
import Ledger
import LedgerWire
import MessageBus
import Node
import Saga
import Synchronization
import TestKit
import TestServers
import TestTags
import Testing

/// A node whose PostgreSQL lives and says nothing.
@Suite(.tags(.postgres))
struct SilentStoreTests {
    @Test("Cancelled, a node ends, whatever it has asked a store that is silent")
    func cancelled() async throws {
        let server = try await PostgresServer.start()
        let database = try await server.makeDatabase()
        let options = PostgresLogOptions(server.connectionString(database: database))
        try await PostgresEventLog.initialize(options, roles: .init(node: "giro_node"))
        let log = try await PostgresEventLog.open(options)
        let lease = PostgresLease(options)

        let network = try await TestNetwork(["bank-a"], bus: InMemoryMessageBus())
        network.settings.heartbeat = .milliseconds(20)
        let handedOver = Counter()
        network.change = { parts in
            parts.reached = { stage in if stage == .handedOver { handedOver.add() } }
        }
        try network.start("bank-a", on: log, lease: lease)
        let teller = try network.teller("bank-a")
        let euro = try #require(Currency(Teller.euro))
        let account = try #require(AccountID("acct-00000001@bank-a"))
        _ = try await teller.operate(.open(account, euro))

        try await server.whileFrozen {
            let before = handedOver.count
            let amount = try #require(Amount(minorUnits: 100, currency: euro))
            let asking = Task { _ = try? await teller.operate(.deposit(amount, to: account)) }
            try await eventually { handedOver.count > before ? true : nil }
            try await network.crash("bank-a")
            asking.cancel()
            await asking.value
            let closing = Task {
                await log.close()
                await lease.close()
            }
            closing.cancel()
            await closing.value
        }
        try await server.remove()
    }
}

/// Counts what happens on any thread.
private final class Counter: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func add() { state.withLock { $0 += 1 } }
}
