import AccessControl
import BankAPI
import Chain
import Engine
import EventLog
import HistoryFile
import Hummingbird
import HummingbirdTesting
import Ledger
import LedgerWire
import Logging
import MessageBus
import Node
import Saga
import ServiceLifecycle
import TestKit
import Testing
import Wire

/// Banks in one process that share a bus, each with its API.
struct Banks {
    let nodes: [String: BankNode]
    let bus: any MessageBus
    /// What each signs with.
    let keys: [NodeName: SigningKey]

    func bank(_ name: String) throws -> BankNode { try #require(nodes[name]) }

    func router(_ name: String = "bank-a") throws -> some ApplicationProtocol {
        Application(router: NodeRouter(try bank(name)).router(), logger: .quiet)
    }

    /// Runs banks around `body`, all of which know each other.
    ///
    /// - Parameter statements: Where the statements of the only bank are kept.
    /// - Parameter parts: Changes what a node is made of.
    static func running(
        _ names: [String] = ["bank-a", "bank-b"], silent: Set<String> = [],
        statements: String? = nil, tokens: TokenRegister? = nil,
        parts change: (inout Node<Ledger>.Parts) -> Void = { _ in },
        _ body: @Sendable (Banks) async throws -> Void
    ) async throws {
        let names = try names.map { try #require(NodeName($0)) }
        let bus = InMemoryMessageBus()
        for name in names {
            try await bus.create(Topic.all(of: name, peers: names.filter { $0 != name }))
        }
        let keys = Dictionary(uniqueKeysWithValues: names.map { ($0, SigningKey()) })
        var nodes: [String: BankNode] = [:]
        for name in names {
            let peers = names.filter { $0 != name }
            var parts = Node<Ledger>.Parts(
                configuration: .init(node: name, peers: Set(peers)),
                participant: Ledger(node: name), log: InMemoryEventLog(),
                history: HistoryFile(inMemory: []), bus: bus, key: try #require(keys[name]),
                peerKeys: keys.filter { $0.key != name }.mapValues(\.publicKey),
                peersAddedBy: Cast.ada, logger: .quiet)
            parts.settings.tick = .milliseconds(10)
            parts.settings.inboxWait = .milliseconds(100)
            parts.settings.restartPauseFirst = .milliseconds(1)
            change(&parts)
            nodes[name.text] = BankNode(parts, statements: statements, tokens: tokens)
        }
        let banks = Banks(nodes: nodes, bus: bus, keys: keys)
        let services = nodes.filter { !silent.contains($0.key) }.flatMap(\.value.services)
        let group = ServiceGroup(services: services, logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for name in nodes.keys where !silent.contains(name) {
                try await eventually { try await banks.isReady(name) ? true : nil }
            }
            // Also after a failure: what was taken in is answered before the nodes are gone.
            let result = await Result(catching: { try await body(banks) })
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    private func isReady(_ name: String) async throws -> Bool {
        do {
            try await bank(name).node.read { _ in () }
            return true
        } catch is NodeError {
            return false
        }
    }
}

extension Banks {
    static let alice = Cast.alice.text
    static let anna = Cast.anna.text
    static let bob = Cast.bob.text

    /// Opens Alice's, Anna's and Bob's accounts in EUR, gives `balance` to Alice, and lets each
    /// bank trust the others.
    func openAccounts(balance: Int64 = 1_000) async throws {
        let euro = try #require(Currency("EUR"))
        for text in [Self.alice, Self.anna, Self.bob] {
            let account = try #require(AccountID(text))
            guard nodes[account.node.text] != nil else { continue }
            try await perform(.open(account, euro), at: account.node.text)
        }
        let alice = Cast.alice
        let amount = try #require(Amount(minorUnits: balance, currency: euro))
        try await perform(.deposit(amount, to: alice), at: "bank-a")
        for name in nodes.keys {
            for peer in nodes.keys where peer != name {
                let peer = try #require(NodeName(peer))
                try await perform(.limitExposure(of: peer, minorUnits: 1 << 40, euro), at: name)
            }
        }
    }

    private func perform(_ operation: LedgerOperation, at name: String) async throws {
        let id = try #require(CommandID(.fresh()))
        let operate = Operate<Ledger>(
            id: id, fingerprint: .sha256(of: id.bytes), principal: Cast.ada,
            operation: operation)
        guard case .verdict(.applied) = try await bank(name).node.submit({ .operate(operate, $0) })
        else { throw Unexpected() }
    }
}

struct Unexpected: Error {}

extension Result where Failure == any Error {
    init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension String {
    /// A UUID that no other test uses.
    static func fresh() -> String {
        CommandID(high: .random(in: 1...UInt64.max), low: .random(in: 1...UInt64.max)).description
    }
}
