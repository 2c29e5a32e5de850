import Engine
import EventLog
import MessageBus
import Saga

/// A claim about every run, checked as the run goes on.
protocol Checker {
    mutating func observe(_ observation: Observation, in world: World) throws(Violation)
}

/// What checkers get to see.
enum Observation {
    /// A commit has become durable; the truth does not hold it yet.
    case appended(node: Int, Commit, [Event<Bank.Fact>])
    /// Now it does.
    case folded(node: Int, Commit, [Event<Bank.Fact>])
    /// A node has opened its log.
    case recovered(node: Int, State<Bank>, epoch: Epoch)
    /// Memory, with nothing in flight.
    case atRest(node: Int, State<Bank>)
    /// A reply has left a node.
    case replied(node: Int, Command, Reply)
    /// A read has left a node; what it saw was the state at that position.
    case saw(node: Int, Position)
    /// A message has left a node.
    case spoke(node: Int, Message, restsOn: Position)
    /// A record has reached a node's journal.
    case journaled(node: Int, Record)
    /// The relay takes all messages of commits up to there for published.
    case sent(node: Int, upTo: Position)
    /// The inbox is read on after that cursor, on a new connection.
    case resumed(node: Int, InboxCursor, generation: Int)
    /// The record at that cursor was handed to the engine.
    case handed(node: Int, InboxCursor)
    case wiped
    /// Sagas are still open long after all faults have stopped.
    case outOfTime
    case ended
}

/// A claim that does not hold.
struct Violation: Error {
    let checker: String
    let message: String
    let saga: SagaID?

    init(_ checker: String, _ message: String, saga: SagaID? = nil) {
        self.checker = checker
        self.message = message
        self.saga = saga
    }
}

func allCheckers(nodes count: Int) -> [any Checker] {
    [
        DenseLog(nodes: count), NoStepTwice(nodes: count), OneOutcome(), Conservation(),
        ExposureWithinLimit(), NothingAheadOfDisk(), VerdictsHold(nodes: count),
        JournalEqualsLog(nodes: count), NoMessageSkipped(nodes: count),
        InboxNotSkipped(nodes: count), ReplayEqualsLive(), Terminal(),
    ]
}
