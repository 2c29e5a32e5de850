import Chain
import Engine
import EventLog
public import Ledger
public import LedgerWire
import MessageBus
public import Node
import Projection
import Saga
public import ServiceLifecycle
import Statements
public import Wire

/// A bank's node together with what its API has to see of it: the log, whose commits it watches and
/// folds into statements, and the clock it takes the time of receipt from.
public struct BankNode: Sendable {
    /// The node itself; ``services`` run it.
    public let node: Node<Ledger>
    let configuration: Configuration
    let clock: NodeClock
    let projection: StatementProjection
    let follower: ProjectionFollower<StatementProjection>
    let metrics = NodeMetrics()
    let bus: any MessageBus
    private let tokens: TokenRegister?
    private let log: any EventLog
    private let watch = TransferWatch()

    /// - Parameters:
    ///   - parts: The node is made of these, and its commits are watched on the way.
    ///   - statements: The file that accounts' statements are kept in, a cache of the log; `nil`
    ///     keeps them in memory.
    ///   - tokens: Those that a server of this bank asks for, if one does: health and metrics tell
    ///     when their file cannot be used.
    public init(
        _ parts: Node<Ledger>.Parts, statements: String? = nil, tokens: TokenRegister? = nil
    ) {
        self.tokens = tokens
        log = parts.log
        bus = parts.bus
        configuration = parts.configuration
        clock = parts.clock
        projection = StatementProjection(at: statements, of: parts.configuration.node)
        follower = ProjectionFollower(
            projection, name: "statements", log: parts.log, logger: parts.logger)
        var parts = parts
        let (onDurable, watch, follower) = (parts.onDurable, watch, follower)
        let (measure, metrics) = (parts.measure, metrics)
        parts.measure = { measurement in
            measure(measurement)
            metrics.record(measurement)
        }
        parts.onDurable = { batch in
            onDurable(batch)
            metrics.record(batch)
            watch.announce(batch)
            follower.take(batch)
        }
        node = Node(parts)
    }

    /// What to run, in the order in which to start it; to be shut down the other way round, after
    /// the servers.
    public var services: [any Service] { [node, follower] }

    var name: NodeName { configuration.node }

    /// What is wrong with the token file; `nil` while it can be used, and where none is needed.
    public var tokenFault: TokenFault? { tokens?.fault }

    /// Looks at the node's state, for a caller who cannot wait long.
    ///
    /// - Returns: `nil` when `time` was over before the node looked.
    /// - Throws: ``NodeError``.
    func read<Value: Sendable>(
        within time: Duration, _ look: @escaping @Sendable (State<Ledger>) -> Value
    ) async throws -> Value? {
        let (results, continuation) = AsyncStream.makeStream(of: Result<Reply, NodeError>.self)
        node.offer({ .read(look, $0) }) { result in
            continuation.yield(result)
            continuation.finish()
        }
        let timer = Task {
            try await Task.sleep(for: time)
            continuation.finish()
        }
        defer { timer.cancel() }
        guard let result = await results.first(where: { _ in true }) else { return nil }
        guard case .value(let value as Value) = try result.get() else {
            preconditionFailure("a read is answered with what it saw")
        }
        return value
    }

    /// Whether the node is ready, within some seconds: the newest entry, where the node says it,
    /// and what is wrong.
    func readiness(within time: Duration) async -> (Position?, [NodeCondition]) {
        let conditions = node.conditions
        guard !conditions.contains(where: \.isBlocking) else { return (nil, conditions) }
        do {
            if let position = try await read(within: time, { $0.position }) {
                return (position, node.conditions)
            }
            return (nil, missing(.engineNotAnswering, "it did not look at its state in time"))
        } catch let error as NodeError where error.code == .busy {
            return (nil, node.conditions)
        } catch {
            return (nil, missing(.starting, "it opens its log again"))
        }
    }

    /// What the node says is wrong; where that would leave it ready, what was seen as well.
    private func missing(_ code: NodeCondition.Code, _ why: String) -> [NodeCondition] {
        let conditions = node.conditions
        guard !conditions.contains(where: \.isBlocking) else { return conditions }
        return [NodeCondition(code, since: clock.now(), why, isBlocking: true)] + conditions
    }

    /// - Throws: ``NodeError``.
    func report() async throws -> NodeReport {
        let peers = configuration.peers.sorted()
        let conditions = node.conditions.map { ConditionReport($0, isFull: true) }
        let holds = try? await statementBook?.tally().holds.map(HoldReport.init)
        return try await node.read { NodeReport($0, peers: peers, conditions, holds) }
    }

    /// Hands a command in, and counts its answer.
    ///
    /// - Throws: ``NodeError``, ``Problem/unknownTransfer``.
    func command(
        _ input: @Sendable (Ticket) -> Input<Ledger>
    ) async throws -> CommandAnswer.Verdict {
        let start = ContinuousClock.now
        let verdict = try await node.submit(input).answer()
        metrics.record(verdict, took: .now - start)
        return verdict
    }

    /// How transfers stand, in the order of `ids`.
    ///
    /// - Throws: ``NodeError``.
    func states(of ids: [SagaID]) async throws -> [TransferState] {
        try await node.read { state in ids.map { TransferState(state.sagas[$0]) } }
    }

    /// How a transfer stands once it is final, or when `time` is over or the node shuts down; how
    /// it stands now where there is no `time`.
    ///
    /// Looks again only after a commit that is about the transfer, so waiting costs nothing. Where
    /// such a commit goes by unseen, since the log was reopened, the last look still finds it.
    ///
    /// - Throws: ``NodeError``, from the last look.
    func state(of id: SagaID, waitingUpTo time: Duration?) async throws -> TransferState {
        if let time { await wait(for: id, upTo: time) }
        return try await states(of: [id]).first ?? .unknown
    }

    private func wait(for id: SagaID, upTo time: Duration) async {
        let changes = watch.changes(of: id)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes {
                    // An error is not an answer: the node may be reopening its log.
                    if let state = try? await states(of: [id]).first, state.isFinal { return }
                }
            }
            group.addTask { try? await Task.sleep(for: time) }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
    }

    /// - Returns: `nil` for a UUID that no transfer has here.
    /// - Throws: ``NodeError``, ``LogError``.
    /// - Complexity: Reads the saga's entries, and for their times the commits they stand in.
    func report(of id: SagaID) async throws -> TransferReport? {
        let (state, position) = try await node.read { (TransferState($0.sagas[id]), $0.position) }
        guard state != .unknown else { return nil }
        let entries = try await log.entries(of: id).filter { $0.position <= position }
        var reports = TransferReport.Entries(of: id)
        var commit: Commit?
        for entry in entries {
            if commit.map({ $0.header.last < entry.position }) ?? true {
                commit = try await log.commit(containing: entry.position)
            }
            guard let commit else { break }
            try reports.add(entry, of: commit.header)
        }
        return TransferReport(id: id, state: state, order: reports.order, entries: reports.list)
    }
}
