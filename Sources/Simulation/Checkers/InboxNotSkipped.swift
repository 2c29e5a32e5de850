import Engine
import EventLog
import Saga

/// The inbox is read record by record: a cursor in the log never stands behind a record that was
/// not handed to the engine, and another history is never taken for the old one.
struct InboxNotSkipped: Checker {
    /// The last record that was handed in, by incarnation and offset.
    private struct Place: Equatable {
        var incarnation: UInt64 = 0
        var offset: Int64 = -1
    }

    private var places: [Place]

    init(nodes count: Int) {
        places = Array(repeating: Place(), count: count)
    }

    mutating func observe(_ observation: Observation, in world: World) throws(Violation) {
        switch observation {
        case .recovered(let node, let state, _):
            places[node] = Place(
                incarnation: state.inbox.incarnation, offset: state.inbox.offset)
        case .resumed(let node, let cursor, _): try resume(node, cursor, world)
        case .handed(let node, let cursor):
            var next = places[node]
            next.offset += 1
            guard Place(incarnation: cursor.incarnation, offset: cursor.offset) == next else {
                throw violation(node, "read \(cursor.offset) instead of \(next.offset)", world)
            }
            places[node] = next
        case .appended(let node, let commit, _):
            let inbox = commit.header.inbox
            guard inbox.incarnation < places[node].incarnation
                || inbox.incarnation == places[node].incarnation
                    && inbox.offset <= places[node].offset
            else { throw violation(node, "its cursor passes what was handed in", world) }
        default: break
        }
    }

    private mutating func resume(
        _ node: Int, _ cursor: InboxCursor, _ world: World
    ) throws(Violation) {
        let place = Place(incarnation: cursor.incarnation, offset: cursor.offset)
        if place == Place(incarnation: places[node].incarnation + 1) {
            places[node] = place
            return
        }
        guard place == places[node] else {
            throw violation(node, "reads on elsewhere than where it was", world)
        }
        guard cursor.offset >= 0 else { return }
        let topic = world.bus.inboxes[node]
        guard topic.indices.contains(Int(cursor.offset)),
            Envelope.hash(of: topic[Int(cursor.offset)]) == cursor.recordHash
        else { throw violation(node, "takes another history for the one it knows", world) }
    }

    private func violation(_ node: Int, _ message: String, _ world: World) -> Violation {
        Violation("InboxNotSkipped", "\(world.truth.names[node]): \(message)")
    }
}
