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
import TestKit
import Testing
import Wire

/// Banks in one process, on any log and bus.
final class TestNetwork {
    let names: [NodeName]
    let bus: any MessageBus
    let key: SigningKey
    private var running: [NodeName: (group: ServiceGroup, task: Task<Void, any Error>)] = [:]
    private(set) var nodes: [NodeName: Node<Ledger>] = [:]
    private(set) var logs: [NodeName: any EventLog] = [:]
    /// The nodes of each log's history: a cache that outlives a node, as a file does.
    var histories: [NodeName: HistoryFile] = [:]
    /// What every new node is given; tests change it before they start one.
    var settings = NodeSettings()
    var limits = Limits()
    var change: (inout Node<Ledger>.Parts) -> Void = { _ in }

    /// - Parameter key: What every bank signs with; that of another network where both have the
    ///   same banks.
    init(
        _ names: [String], bus: any MessageBus, key: SigningKey = SigningKey()
    ) async throws {
        self.key = key
        self.names = names.compactMap { NodeName($0) }
        self.bus = bus
        settings.tick = .milliseconds(10)
        settings.inboxWait = .milliseconds(200)
        settings.restartPauseFirst = .milliseconds(1)
        settings.restartPauseMax = .milliseconds(10)
        limits.retryFirst = .milliseconds(50)
        try await createTopics()
    }

    func createTopics() async throws {
        for name in names {
            try await bus.create(Topic.all(of: name, peers: names.filter { $0 != name }))
        }
    }

    @discardableResult
    func start(
        _ text: String, on log: any EventLog, lease: (any WriterLease)? = nil
    ) throws -> Node<Ledger> {
        let name = try #require(NodeName(text))
        var parts = parts(of: name, on: log)
        histories[name] = parts.history
        parts.lease = lease
        let node = Node(parts)
        let group = ServiceGroup(services: [node], logger: Logger(label: "test") { _ in Silent() })
        running[name] = (group, Task { try await group.run() })
        nodes[name] = node
        logs[name] = log
        return node
    }

    func parts(of name: NodeName, on log: any EventLog) -> Node<Ledger>.Parts {
        let peers = names.filter { $0 != name }
        var parts = Node<Ledger>.Parts(
            configuration: .init(node: name, peers: Set(peers), limits: limits),
            participant: Ledger(node: name), log: log,
            history: histories[name] ?? HistoryFile(inMemory: []), bus: bus, key: key,
            peerKeys: Dictionary(uniqueKeysWithValues: peers.map { ($0, key.publicKey) }),
            peersAddedBy: Cast.ada, logger: Logger(label: "test") { _ in Silent() })
        parts.settings = settings
        change(&parts)
        return parts
    }

    /// Shuts a node down gracefully.
    func stop(_ text: String) async throws {
        let name = try #require(NodeName(text))
        guard let (group, task) = running.removeValue(forKey: name) else { return }
        await group.triggerGracefulShutdown()
        try await task.value
    }

    /// As a crash would: nothing is drained, no snapshot is kept.
    func crash(_ text: String) async throws {
        let name = try #require(NodeName(text))
        guard let task = running.removeValue(forKey: name)?.task else { return }
        task.cancel()
        _ = await task.result
    }

    /// How a node that ended by itself ended.
    func end(of text: String) async throws -> Result<Void, any Error> {
        let name = try #require(NodeName(text))
        let end = running.removeValue(forKey: name)
        return await (try #require(end)).task.result
    }

    /// The error that a node ended with by itself; `nil` if it ended well.
    func failure(of text: String) async throws -> (any Error)? {
        guard case .failure(let error) = try await end(of: text) else { return nil }
        return error
    }

    func log(of text: String) throws -> any EventLog {
        let name = try #require(NodeName(text))
        return try #require(logs[name])
    }

    func stopAll() async throws {
        for name in names { try await stop(name.text) }
    }
}

/// A log handler that writes nothing.
struct Silent: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.critical

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {}
}
