import Chain
import Engine
import MessageBus
import Node
import Saga
import Wire

extension ServedNode {
    private static var lookingTime: Duration { .seconds(2) }

    /// Sets the gauges that every kind of node has: one look at the state, one at each
    /// peer's topic.
    ///
    /// - Complexity: O(peers), whatever the log and the number of open sagas.
    func look() async {
        metrics.set("giro_queue_inputs", node.inputsWaiting)
        metrics.set("giro_token_file_usable", tokenFault == nil ? 1 : 0)
        metrics.set(node.conditions, now: clock.now())
        let peers = configuration.peers.sorted()
        let seen = try? await read(within: Self.lookingTime) {
            Standing(of: $0, peers)
        }
        metrics.set("giro_up", seen == nil ? 0 : 1)
        guard let seen else { return }
        metrics.set("giro_position", seen.position.number)
        metrics.set("giro_quarantine_records", seen.quarantined)
        for cause in Quarantined.Cause.allCases {
            metrics.set(
                "giro_quarantined", seen.deadLetters[cause] ?? 0, [("cause", cause.rawValue)])
        }
        for (state, count) in seen.open {
            metrics.set("giro_sagas_open", count, [("state", "\(state)")])
        }
        metrics.set("giro_peers_suspended", seen.suspended)
        metrics.setRelayLag(behind: seen.position)
        await lookAtInboxes(seen.inboxes)
    }

    /// All at once: one broker that does not answer takes no more time than one question.
    private func lookAtInboxes(_ read: [(peer: NodeName, offset: Int64)]) async {
        await withTaskGroup(of: (NodeName, Int64)?.self) { group in
            for (peer, offset) in read {
                group.addTask {
                    await self.endOfInbox(of: peer, within: Self.lookingTime).map { end in
                        (peer, max(0, end - 1 - offset))
                    }
                }
            }
            for await case (let peer, let lag)? in group {
                metrics.set("giro_inbox_lag_records", lag, [("peer", peer.text)])
            }
        }
    }

    /// The offset after the newest record; `nil` where the bus does not say in time.
    private func endOfInbox(of peer: NodeName, within time: Duration) async -> Int64? {
        let (bus, topic) = (bus, Topic.transfers(from: peer, to: name).name)
        return await firstValue(within: time) { continuation in
            let asking = Task {
                if let held = try? await bus.offsets(of: topic) {
                    continuation.yield(held.upperBound)
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in asking.cancel() }
        }
    }
}

/// What the gauges need of a node's state.
private struct Standing: Sendable {
    let position: Position
    let inboxes: [(peer: NodeName, offset: Int64)]
    let quarantined: Int
    let deadLetters: [Quarantined.Cause: Int]
    let open: [(state: StepState, count: Int)]
    let suspended: Int

    init(of state: State<some WireParticipant>, _ peers: [NodeName]) {
        position = state.position
        inboxes = peers.map { ($0, state.inbox(of: $0)) }
        quarantined = state.quarantined
        deadLetters = state.deadLetters.reduce(into: [:]) { sums, letters in
            sums[letters.key.cause, default: 0] += letters.value
        }
        open = [(.deciding, state.openSteps.deciding), (.reserved, state.openSteps.reserved)]
        suspended = state.links.keys.count(where: state.isSuspended)
    }
}
