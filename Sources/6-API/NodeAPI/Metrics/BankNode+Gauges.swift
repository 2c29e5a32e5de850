import Chain
import Engine
import Hummingbird
import MessageBus
import NIOCore
import Node
import PrometheusText
import Saga
import Statements

extension NodeRouter {
    /// The text that Prometheus reads. Answers also while the node does not: then it says so.
    @Sendable func metrics(_: Request, _: Context) async throws -> Response {
        await bank.look()
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.mediaType],
            body: .init(byteBuffer: ByteBuffer(string: bank.metrics.registry.text())))
    }
}

extension BankNode {
    private static var lookingTime: Duration { .seconds(2) }

    /// Sets the gauges: one look at the state, one at the statements, one at the inbox.
    ///
    /// - Complexity: O(open steps), outside the node.
    fileprivate func look() async {
        metrics.set("giro_queue_inputs", node.inputsWaiting)
        metrics.set("giro_token_file_usable", tokenFault == nil ? 1 : 0)
        metrics.set(node.conditions, now: clock.now())
        let seen = try? await read(within: Self.lookingTime) {
            (
                position: $0.position, quarantined: $0.quarantined, inbox: $0.inbox.offset,
                suspended: $0.peers.values.count { $0.isSuspended }
            )
        }
        metrics.set("giro_up", seen == nil ? 0 : 1)
        if let seen {
            metrics.set("giro_position", seen.position.number)
            metrics.set("giro_quarantine_records", seen.quarantined)
            metrics.set("giro_peers_suspended", seen.suspended)
            metrics.setRelayLag(behind: seen.position)
            if let end = await endOfInbox(within: Self.lookingTime) {
                metrics.set("giro_inbox_lag_records", max(0, end - 1 - seen.inbox))
            }
        }
        if let tally = try? await statementBook?.tally() { set(tally) }
    }

    private func set(_ tally: StepTally) {
        metrics.set("giro_statements_position", tally.position.number)
        for cause in Quarantined.Cause.allCases {
            let found = tally.outcomes.first {
                $0.word == "quarantined" && $0.reason == cause.rawValue
            }
            metrics.set("giro_quarantined", found?.count ?? 0, [("cause", cause.rawValue)])
        }
        for outcome in tally.outcomes where outcome.word != "quarantined" {
            metrics.set(
                "giro_steps_closed", outcome.count,
                [("outcome", outcome.word), ("reason", outcome.reason)])
        }
        for peer in configuration.peers.union(tally.holds.map(\.peer)) {
            let hold = tally.holds.first { $0.peer == peer }
            let age = hold.map { clock.now().milliseconds - $0.oldest.milliseconds } ?? 0
            metrics.set("giro_peer_holds", hold?.count ?? 0, [("peer", peer.text)])
            metrics.set(
                "giro_peer_oldest_hold_age_seconds", max(0, age) / 1_000, [("peer", peer.text)])
        }
        for state in [StepState.deciding, .reserved] {
            let open = tally.open.first { $0.state == state }
            let age = open.map { clock.now().milliseconds - $0.oldest.milliseconds } ?? 0
            metrics.set("giro_sagas_open", open?.count ?? 0, [("state", "\(state)")])
            metrics.set(
                "giro_saga_oldest_age_seconds", max(0, age) / 1_000, [("state", "\(state)")])
        }
    }

    /// The offset after the newest record; `nil` where the bus does not say in time.
    private func endOfInbox(within time: Duration) async -> Int64? {
        let (ends, continuation) = AsyncStream.makeStream(of: Int64.self)
        let (bus, topic) = (bus, Topic.transfers(of: name).name)
        let asking = Task {
            if let held = try? await bus.offsets(of: topic) { continuation.yield(held.upperBound) }
            continuation.finish()
        }
        let timer = Task {
            try await Task.sleep(for: time)
            continuation.finish()
        }
        defer {
            asking.cancel()
            timer.cancel()
        }
        return await ends.first { _ in true }
    }
}
