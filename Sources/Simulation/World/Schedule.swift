import EventLog
import HeapModule
import MessageBus
import Saga

/// Something that is going to happen to somebody. What happens to a node's memory names the life
/// of the node it is meant for: after a crash it is void.
enum Occurrence {
    case open(node: Int, life: Int)
    case decide(node: Int, life: Int)
    case wake(node: Int, life: Int)
    case append(node: Int, life: Int)
    case relay(node: Int, life: Int)
    case read(node: Int, life: Int)
    /// A commit of a former life reaches the disk after all.
    case lateAppend(node: Int, Commit)
    case arrive(Record, node: Int)
    case newCommand
    case send(command: Int)
    case consent(StepID, node: Int, approved: Bool)
    /// A second has passed.
    case second
}

/// The one queue of everything that is going to happen, in virtual microseconds.
struct Schedule {
    private struct Item: Comparable {
        let time: Int64
        let order: Int
        let occurrence: Occurrence

        static func == (left: Item, right: Item) -> Bool { left.order == right.order }
        static func < (left: Item, right: Item) -> Bool {
            (left.time, left.order) < (right.time, right.order)
        }
    }

    private(set) var now: Int64 = 0
    private var items = Heap<Item>()
    private var order = 0

    mutating func add(_ occurrence: Occurrence, after delay: Int64) {
        order += 1
        items.insert(Item(time: now + max(delay, 0), order: order, occurrence: occurrence))
    }

    mutating func next() -> Occurrence? {
        guard let item = items.popMin() else { return nil }
        now = item.time
        return item.occurrence
    }
}
