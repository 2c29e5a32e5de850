import Chain
import Engine
import EventLog
import Links
import MessageBus
import Saga
import Wire

// What to show of a run that failed.
extension World {
    /// What every node's log and its peers' topics say about a saga.
    func trail(of saga: CommandID) -> [String] {
        sites.flatMap { site in
            entries(of: saga, site)
                + site.peers.flatMap { records(about: saga, from: $0, site) }
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
            guard let excerpt = try? Excerpt(decoding: delivered.record.value) else { return nil }
            let said = excerpt.entries.filter { $0.saga == saga }.compactMap(describe)
            guard !said.isEmpty else { return nil }
            let header = excerpt.newest.header
            return "\(topic) \(delivered.offset): under commit \(header.number) of "
                + "\(header.node): \(said.joined(separator: ", "))"
        }
    }

    private func describe(_ entry: ShownEntry) -> String? {
        guard let number = entry.says.number, case .step(let bytes) = entry.says.what,
            let saga = entry.saga
        else { return nil }
        let said = try? PeerStep(
            bytes, saga: saga, contentHash: entry.says.contentHash, content: entry.content)
        guard let said else { return "number \(number) unreadable" }
        let word =
            switch said.kind {
            case .reserved: "reserved"
            case .abandonRequested: "abandonRequested"
            case .confirmed: "confirmed"
            case .cancelled(let refusal): "cancelled (\(refusal))"
            }
        return "number \(number) step \(said.step.number) \(word), content "
            + "\(said.step.saga.contentHash.description.prefix(8))"
    }
}
