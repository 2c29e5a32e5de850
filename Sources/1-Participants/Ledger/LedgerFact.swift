public import Saga

/// What happened at a bank. Facts that move money carry the postings that do it.
public enum LedgerFact: Hashable, Sendable {
    case opened(AccountID, Currency)
    case frozen(AccountID)
    case unfrozen(AccountID)
    case closed(AccountID)
    case exposureLimited(NodeName, minorUnits: Int64, Currency)
    /// ``Clearing/unlimited`` where the limit was lifted.
    case owedLimited(to: NodeName, minorUnits: Int64, Currency)
    case transitSet(from: NodeName, LedgerOperation.Transit)

    case deposited([Posting])
    case withdrawn([Posting])
    case peerSettled([Posting])

    /// A step was reserved: debits move from available to held; room is kept for the rest.
    case held(HeldStep, [Posting])
    case settled(StepID, [Posting])
    case released(StepID, [Posting])

    /// The postings in their order, which sum to zero per currency; empty where no money moves.
    public var postings: [Posting] {
        switch self {
        case .opened, .frozen, .unfrozen, .closed, .exposureLimited, .owedLimited, .transitSet: []
        case .deposited(let postings), .withdrawn(let postings), .peerSettled(let postings):
            postings
        case .held(_, let postings), .settled(_, let postings), .released(_, let postings):
            postings
        }
    }

    /// The fact's name in lists.
    public var name: String {
        switch self {
        case .opened: "opened"
        case .frozen: "frozen"
        case .unfrozen: "unfrozen"
        case .closed: "closed"
        case .exposureLimited: "exposureLimited"
        case .owedLimited: "owedLimited"
        case .transitSet: "transitSet"
        case .deposited: "deposited"
        case .withdrawn: "withdrawn"
        case .peerSettled: "peerSettled"
        case .held: "held"
        case .settled: "settled"
        case .released: "released"
        }
    }
}

/// A step that is reserved here, and between whom it stands.
public struct HeldStep: Hashable, Sendable {
    /// The step, one of this bank's.
    public let id: StepID
    /// The step's actions, as the itinerary has them.
    public let actions: [LedgerAction]
    /// The owner of the step before, which owes the money once this step is settled; `nil` for the
    /// origin's.
    public let previous: NodeName?
    /// The owner of the step after, which is owed the money then; `nil` for the last.
    public let next: NodeName?

    /// Takes the parts as they are: nothing is checked.
    public init(
        id: StepID, actions: [LedgerAction], previous: NodeName?, next: NodeName?
    ) {
        self.id = id
        self.actions = actions
        self.previous = previous
        self.next = next
    }
}
