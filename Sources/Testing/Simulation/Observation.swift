public import Chain
public import Engine
public import MessageBus
import Node
public import Saga
public import Wire

/// What checkers get to see: everything that crosses the border between a node and its
/// surroundings. Nodes are identified by their index in the network.
public enum Observation<P: WireParticipant> {
    /// A commit has become durable; the truth does not hold it yet.
    case appended(node: Int, Commit, [Event<P.Fact>])
    /// Now it does.
    case folded(node: Int, Commit, [Event<P.Fact>])
    /// A commit has come back from the journal to a disk that had lost it.
    case restored(node: Int, Commit)
    /// A process has taken its log over for writing.
    case tookOver(node: Int, process: Int, Head)
    /// The state after a start from a snapshot that was just kept.
    case recovered(node: Int, State<P>)
    /// A process has handed a commit to its log; whether its clock is minutes from where it was.
    case handedOver(node: Int, Position, isClockWrong: Bool)
    /// A read was answered: it saw the state at a position, and was sent when the log ended at
    /// `since`.
    case saw(node: Int, Position, since: Position)
    /// The whole memory of a process, as a read saw it.
    case sawAll(node: Int, State<P>)
    /// A process has replied to a client.
    case replied(node: Int, process: Int, Command<P>, Reply)
    /// A message has left a node.
    case spoke(node: Int, Message)
    /// A node has asked an approver outside about a step.
    case asked(node: Int, StepID)
    /// A node's writer was handed an authentic message of a peer.
    case heard(node: Int, Message)
    /// A record has reached a node's journal.
    case journaled(node: Int, process: Int, Record)
    /// A peer's relay takes all messages for the peer of commits up to there for published.
    case sent(node: Int, to: NodeName, upTo: Position)
    /// A process was handed a record of a peer's topic, in the history that the topic then had.
    case handed(
        node: Int, process: Int, peer: NodeName, history: Int, offset: Int64, hash: Hash)
    /// A liar has written to a topic between peers what is not true, or not to be said there.
    case lied(Record)
    /// All topics were emptied.
    case wiped
    /// A peer's topic has lost its oldest records, those before an offset, in the history that it
    /// has.
    case expired(node: Int, peer: NodeName, history: Int, before: Int64)
    /// Faults have stopped, and a second has passed in which nothing they left behind kept a node
    /// from working: no wrong clock, no stalled process, no disk to restore.
    case calmSecondPassed
    /// Sagas are still open long after all faults have stopped.
    case outOfTime(String)
    case ended
}

/// A claim about every run, checked as the run proceeds.
public protocol Checker<P> {
    associatedtype P: WireParticipant

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation)
}

/// A claim that does not hold.
public struct Violation: Error, Hashable, Sendable {
    /// The name of the claim.
    public let checker: String
    /// The contradiction, with the nodes and positions that show it.
    public let message: String
    /// The saga concerned, where it is about one.
    public let saga: CommandID?

    /// Takes the name of the claim and what contradicts it.
    public init(_ checker: String, _ message: String, saga: CommandID? = nil) {
        self.checker = checker
        self.message = message
        self.saga = saga
    }
}

/// What must hold whatever the participants are.
func protocolCheckers<P: WireParticipant>(
    nodes count: Int, _ limits: Limits, _ settings: NodeSettings
) -> [any Checker<P>] {
    [
        DenseLog<P>(nodes: count), NoStepTwice<P>(nodes: count), OneOutcome<P>(),
        NothingAheadOfDisk<P>(), VerdictsHold<P>(nodes: count), JournalEqualsLog<P>(nodes: count),
        NoMessageSkipped<P>(nodes: count), InboxNotSkipped<P>(nodes: count),
        ReplayEqualsLive<P>(), Terminal<P>(), NoWriterReturns<P>(nodes: count),
        NothingPastDeadline<P>(), NothingUnderWrongClock<P>(), AskedByNeighbour<P>(),
        WitnessesSigned<P>(nodes: count, commitsPerWitnessMax: settings.relayCommitsMax),
        QuarantineExplained<P>(), AbandonedInTime<P>(nodes: count),
        WithinLimits<P>(limits, nodes: count), ReasonsTravel<P>(),
        NumberedForPeers<P>(nodes: count), IntakeAsSet<P>(nodes: count),
    ]
}
