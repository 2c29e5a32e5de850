import Engine
import EventLog
import MessageBus
import Saga
import Wire

// What to show of a run that failed.
extension World {
    /// What every node's log and inbox say about a saga.
    func trail(of saga: SagaID) -> [String] {
        nodes.flatMap { node in entries(of: saga, node) + records(about: saga, node) }
    }

    private func entries(of saga: SagaID, _ node: SimulatedNode) -> [String] {
        node.log.entries(of: saga).map { entry in
            let text =
                if let event = try? Event<Bank.Fact>.decode(
                    entry.payload, saga: saga, for: Bank.self)
                {
                    describe(event)
                } else {
                    "unreadable"
                }
            return "\(node.name) entry \(entry.position): \(text)"
        }
    }

    private func describe(_ event: Event<Bank.Fact>) -> String {
        guard case .stepDecided(let decided) = event else { return "\(event)" }
        let reason = decided.refusal.map { " (\($0))" } ?? ""
        return "step \(decided.step.number) \(decided.state)\(reason), content "
            + "\(decided.contentHash.description.prefix(8))"
    }

    private func records(about saga: SagaID, _ node: SimulatedNode) -> [String] {
        bus.inboxes[node.index].enumerated().compactMap { offset, record in
            guard let message = try? Message(wire: record.value), message.step.saga == saga
            else { return nil }
            return "\(node.name) inbox \(offset): \(message.kind) \(message.step.number) from "
                + "\(message.sender), content \(message.contentHash.description.prefix(8))"
        }
    }
}

extension World {
    /// What keeps the network from being at rest.
    var unrest: String {
        var reasons: [String] = []
        if inTransit > 0 { reasons.append("\(inTransit) messages are in transit") }
        if !clients.areDone { reasons.append("clients wait") }
        for node in nodes where !isAtRest(node) { reasons.append("\(node.name) is busy") }
        return reasons.joined(separator: ", ")
    }
}
