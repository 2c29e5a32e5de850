public import Chain
public import Engine
public import Links
public import MessageBus
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
    /// A node has shown a peer what its log says.
    case shown(node: Int, Excerpt)
    /// A node has asked an approver outside about a step.
    case asked(node: Int, StepID)
    /// A record has reached a node's journal.
    case journaled(node: Int, process: Int, Record)
    /// The hostile peer has written an entry for a node into its log that may have to be refused.
    case lied(to: Int, number: UInt64)
    /// The hostile peer has shown a node what cannot be true of both logs.
    case denied(to: Int)
    /// All topics were emptied.
    case wiped
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
    nodes count: Int, _ limits: Limits
) -> [any Checker<P>] {
    [
        DenseLog<P>(nodes: count), NoStepTwice<P>(nodes: count), OneOutcome<P>(),
        NothingAheadOfDisk<P>(nodes: count), VerdictsHold<P>(nodes: count),
        JournalEqualsLog<P>(nodes: count), TakenInOrder<P>(), AllTaken<P>(),
        ReplayEqualsLive<P>(), Terminal<P>(), NoWriterReturns<P>(nodes: count),
        NothingPastDeadline<P>(), NothingUnderWrongClock<P>(), AskedByNeighbour<P>(),
        WitnessesSigned<P>(), QuarantineExplained<P>(), OnlyLiarsSuspended<P>(),
        AbandonedInTime<P>(nodes: count), WithinLimits<P>(limits, nodes: count),
        ReasonsTravel<P>(), NumberedForPeers<P>(nodes: count), IntakeAsSet<P>(nodes: count),
    ]
}
