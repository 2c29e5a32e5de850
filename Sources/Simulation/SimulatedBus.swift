import EventLog
import MessageBus

/// The broker: an inbox and a journal for each node. What happens to messages on their way is the
/// ``World``'s affair; here they have arrived.
struct SimulatedBus {
    private(set) var inboxes: [[Record]]
    private(set) var journals: [[Record]]
    /// Raised when everything is wiped; then all connections have broken, so readers and relays
    /// notice.
    private(set) var generation = 0

    init(nodes: Int) {
        inboxes = Array(repeating: [], count: nodes)
        journals = Array(repeating: [], count: nodes)
    }

    mutating func put(_ record: Record, inInboxOf node: Int) {
        inboxes[node].append(record)
    }

    mutating func put(_ record: Record, inJournalOf node: Int) {
        journals[node].append(record)
    }

    mutating func wipe() {
        self = SimulatedBus(nodes: inboxes.count, generation: generation + 1)
    }

    /// The newest records of a journal, at most `count`.
    func newest(_ count: Int, inJournalOf node: Int) -> [DeliveredRecord] {
        let journal = journals[node]
        return (max(0, journal.count - count)..<journal.count).map {
            DeliveredRecord(offset: Int64($0), record: journal[$0])
        }
    }

    private init(nodes: Int, generation: Int) {
        self.init(nodes: nodes)
        self.generation = generation
    }
}
