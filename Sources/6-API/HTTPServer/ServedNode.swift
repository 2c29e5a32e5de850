package import APIModels
package import AccessControl
import Chain
package import Engine
package import EventLog
import MessageBus
package import Node
package import Projection
package import Saga
import ServiceLifecycle
package import Wire

/// A node of any kind together with what its API has to see of it: the log, whose commits it
/// watches, and the clock it takes the time of receipt from.
package struct ServedNode<P: WireParticipant>: Sendable {
    /// The node itself, which the kind's services run.
    package let node: Node<P>
    package let clock: NodeClock
    package let log: any EventLog
    package let configuration: Configuration
    let bus: any MessageBus
    package let metrics: NodeMetrics
    private let tokens: TokenRegister?
    private let watch = TransferWatch()

    /// - Parameters:
    ///   - parts: The node is made of these, and its commits are watched on the way.
    ///   - tokens: Those that a server of this node asks for, if one does: health and metrics tell
    ///     when their file cannot be used.
    ///   - ask: Asks the outside to decide a step, or to stop deciding it; ``Node/decide`` takes
    ///     the answer. Said again until there is one. Must not block.
    ///   - onDurable: Sees every commit once it is durable, in order. Must not block.
    package init(
        _ parts: Node<P>.Parts, tokens: TokenRegister? = nil,
        ask: @escaping @Sendable (StepID, _ stop: Bool) -> Void = { _, _ in },
        onDurable: @escaping @Sendable (CommittedBatch<P.Fact>) -> Void = { _ in }
    ) {
        self.tokens = tokens
        log = parts.log
        bus = parts.bus
        configuration = parts.configuration
        clock = parts.clock
        let metrics = NodeMetrics(for: P.self)
        self.metrics = metrics
        var parts = parts
        let (asked, committed, watch) = (parts.ask, parts.onDurable, watch)
        let measure = parts.measure
        parts.measure = { measurement in
            measure(measurement)
            metrics.record(measurement)
        }
        parts.ask = { step, stop in
            asked(step, stop)
            ask(step, stop)
        }
        parts.onDurable = { batch in
            committed(batch)
            metrics.record(batch)
            watch.announce(batch)
            onDurable(batch)
        }
        node = Node(parts)
    }

    package var name: NodeName { configuration.node }

    /// What is wrong with the token file; `nil` while it can be used, and where none is needed.
    package var tokenFault: TokenFault? { tokens?.fault }

    /// Looks at the node's state, for a caller who cannot wait long.
    ///
    /// - Returns: `nil` when `time` was over before the node looked.
    /// - Throws: ``NodeError``.
    func read<Value: Sendable>(
        within time: Duration, _ look: @escaping @Sendable (State<P>) -> Value
    ) async throws -> Value? {
        let answer: Result<Reply, NodeError>? = await firstValue(within: time) { continuation in
            node.offer({ .read(look, $0) }) { continuation.yield($0) }
        }
        guard let result = answer else { return nil }
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

    /// - Parameter holds: What waits for each peer's word, where the kind keeps count of it.
    /// - Throws: ``NodeError``.
    func report(holds: [HoldReport]?) async throws -> NodeReport {
        let peers = configuration.peers.sorted()
        let conditions = node.conditions.map { ConditionReport($0, isFull: true) }
        return try await node.read { NodeReport($0, peers: peers, conditions, holds) }
    }

    /// Hands a command in, and counts its answer.
    ///
    /// - Throws: ``NodeError``, and as `Reply.answer()`.
    package func command(
        _ input: @Sendable (Ticket) -> Input<P>
    ) async throws -> CommandAnswer.Verdict {
        let start = ContinuousClock.now
        let verdict = try await node.submit(input).answer()
        metrics.record(verdict, took: .now - start)
        return verdict
    }

    /// How transfers stand, in the order of `ids`.
    ///
    /// - Throws: ``NodeError``.
    package func states(of ids: [CommandID]) async throws -> [TransferState] {
        try await node.read { state in ids.map { TransferState(state.sagas(named: $0, max: 2)) } }
    }

    /// How a transfer stands once it is final, or when `time` is over or the node shuts down; how
    /// it stands now where there is no `time`.
    ///
    /// Looks again only after a commit that is about the transfer, so waiting costs nothing. Where
    /// such a commit goes by unseen, since the log was reopened, the last look still finds it.
    ///
    /// - Throws: ``NodeError``, from the last look.
    package func state(
        of id: CommandID, waitingUpTo time: Duration?
    ) async throws -> TransferState {
        if let time { await wait(for: id, upTo: time) }
        return try await states(of: [id]).first ?? .unknown
    }

    private func wait(for id: CommandID, upTo time: Duration) async {
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
}
