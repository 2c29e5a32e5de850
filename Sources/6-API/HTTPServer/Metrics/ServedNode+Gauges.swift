import Chain
import Engine
import MessageBus
import Node
import Saga

extension ServedNode {
    private static var lookingTime: Duration { .seconds(2) }

    /// Sets the gauges that every kind of node has: one look at the state, one at the inbox.
    func look() async {
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
        guard let seen else { return }
        metrics.set("giro_position", seen.position.number)
        metrics.set("giro_quarantine_records", seen.quarantined)
        metrics.set("giro_peers_suspended", seen.suspended)
        metrics.setRelayLag(behind: seen.position)
        if let end = await endOfInbox(within: Self.lookingTime) {
            metrics.set("giro_inbox_lag_records", max(0, end - 1 - seen.inbox))
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
