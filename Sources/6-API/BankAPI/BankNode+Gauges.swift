import Chain
import Engine
import HTTPServer
import Node
import Saga
import Statements

extension BankNode {
    /// Sets the gauges that only a bank has, from its statements.
    ///
    /// - Complexity: O(open steps), outside the node.
    @Sendable func look() async {
        if let tally = try? await statementBook?.tally() { set(tally) }
    }

    private func set(_ tally: StepTally) {
        let (metrics, now) = (served.metrics, served.clock.now())
        metrics.set("giro_statements_position", tally.position.number)
        for outcome in tally.outcomes where outcome.word != "quarantined" {
            metrics.set(
                "giro_steps_closed", outcome.count,
                [("outcome", outcome.word), ("reason", outcome.reason)])
        }
        for peer in served.configuration.peers.union(tally.holds.map(\.peer)) {
            let hold = tally.holds.first { $0.peer == peer }
            let age = hold.map { now.milliseconds - $0.oldest.milliseconds } ?? 0
            metrics.set("giro_peer_holds", hold?.count ?? 0, [("peer", peer.text)])
            metrics.set(
                "giro_peer_oldest_hold_age_seconds", max(0, age) / 1_000, [("peer", peer.text)])
        }
        for state in [StepState.deciding, .reserved] {
            let open = tally.open.first { $0.state == state }
            let age = open.map { now.milliseconds - $0.oldest.milliseconds } ?? 0
            metrics.set(
                "giro_saga_oldest_age_seconds", max(0, age) / 1_000, [("state", "\(state)")])
        }
    }
}
