import Chain
import Engine
import EventLog
import MessageBus
import Saga
import Wire

// What to show of a run that failed.
extension World {
    /// What every node's log and its peers' topics say about a saga.
    func trail(of saga: CommandID) -> [String] {
        sites.flatMap { site in
            entries(of: saga, site)
                + network.peers(of: site.name).flatMap { records(about: saga, from: $0, site) }
        }
    }

    private func entries(of saga: CommandID, _ site: Site<S>) -> [String] {
        site.disk.log.entries(of: saga).map { entry in
            let event = try? Event<P.Fact>.decode(entry.parts, saga: saga, for: P.self)
            return "\(site.name) entry \(entry.position): \(event.map(describe) ?? "unreadable")"
        }
    }

    private func describe(_ event: Event<P.Fact>) -> String {
        guard case .stepDecided(let decided) = event else { return "\(event)" }
        let reason = decided.refusal.map { " (\($0))" } ?? ""
        return "step \(decided.step.number) \(decided.state)\(reason), content "
            + "\(decided.step.saga.contentHash.description.prefix(8))"
    }

    private func records(
        about saga: CommandID, from peer: NodeName, _ site: Site<S>
    ) -> [String] {
        let topic = Topic.transfers(from: peer, to: site.name).name
        let held = try? broker.storage.offsets(of: topic)
        let records = try? broker.storage.records(
            in: topic, from: held?.lowerBound ?? 0, recordsMax: .max)
        return (records ?? []).compactMap { delivered in
            guard let message = try? Message(wire: delivered.record.value),
                message.step.saga.command == saga
            else { return nil }
            return "\(topic) \(delivered.offset): \(message.kind) "
                + "\(message.step.number) from \(message.sender), content "
                + "\(message.step.saga.contentHash.description.prefix(8))"
        }
    }
}
