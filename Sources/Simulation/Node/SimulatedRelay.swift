import Engine
import EventLog
import MessageBus
import Saga

/// A relay as `Sources/Node` has it, cut into effects between which a crash can come: find the
/// cursor in the journal, publish the records of a group of commits, then its messages, receiver
/// by receiver, then what follows from no entry.
struct SimulatedRelay {
    static let commitsMax = 2
    static let journalRecordsRead = commitsMax * Session.inputsPerCommitMax * 2

    struct Cursor {
        var published: Position
        var sent: Position
    }

    /// Something to be said to a peer, with the position of the log it rests on.
    struct Letter {
        let message: Message
        let restsOn: Position
    }

    /// The log's end when the session began.
    let head: Position
    var cursor: Cursor?
    /// The bus's, when the cursor was found.
    var generation = 0
    /// Durable commits that were handed over.
    var commits: [Outgoing] = []
    /// Questions asked again, and answers given again.
    var letters: [Letter] = []
    /// The messages of the group whose records were published last, by receiver.
    var sending: [[Letter]] = []
    /// Where the cursor stands once `sending` is empty.
    var sendingUpTo = Position.start

    init(head: Position) {
        self.head = head
    }

    /// Drops all but what was handed over, and looks for the cursor anew.
    mutating func startOver() {
        cursor = nil
        sending = []
    }

    /// One list of letters per receiver, receivers in the order of their first letter.
    static func byReceiver(_ letters: [Letter]) -> [[Letter]] {
        var order: [NodeName] = []
        var lists: [NodeName: [Letter]] = [:]
        for letter in letters {
            let receiver = letter.message.receiver
            if lists[receiver] == nil { order.append(receiver) }
            lists[receiver, default: []].append(letter)
        }
        return order.compactMap { lists[$0] }
    }
}
