import Chain
import Engine
import MessageBus
import Saga
import Wire

// What time does to a topic.
extension World {
    /// The oldest records of a peer's topic expire: those before the one that the log's cursor
    /// stands at, that one too, or any, some of which are lost by that.
    func letExpire() {
        let site = dice.pick(sites)
        let peer = dice.pick(site.peers)
        let topic = Topic.transfers(from: peer, to: site.name).name
        guard let held = try? broker.storage.offsets(of: topic), !held.isEmpty else { return }
        let cursor = truth.states[site.index].inbox(of: peer)
        let read = min(max(cursor, held.lowerBound), held.upperBound - 1)
        let first =
            switch dice.index(below: 3) {
            case 0: dice.number(held.lowerBound...read)
            case 1: read + 1
            default: dice.number(held.lowerBound...held.upperBound)
            }
        guard first > held.lowerBound else { return }
        count(\.expired)
        broker.storage.removeRecords(before: first, in: topic)
    }
}
