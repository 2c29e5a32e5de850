public import Saga

/// What happened at a bank. Facts that move money carry the postings that do it.
public enum LedgerFact: Hashable, Sendable {
    case opened(AccountID, Currency)
    case frozen(AccountID)
    case unfrozen(AccountID)
    case closed(AccountID)
    case exposureLimited(NodeName, minorUnits: Int64, Currency)

    case deposited([Posting])
    case withdrawn([Posting])
    case peerSettled([Posting])

    /// A step was reserved: debits move from available to held; room is kept for the rest.
    case held(HeldStep, [Posting])
    case settled(StepID, [Posting])
    case released(StepID, [Posting])

    public var postings: [Posting] {
        switch self {
        case .opened, .frozen, .unfrozen, .closed, .exposureLimited: []
        case .deposited(let postings), .withdrawn(let postings), .peerSettled(let postings):
            postings
        case .held(_, let postings), .settled(_, let postings), .released(_, let postings):
            postings
        }
    }
}

/// A step that is reserved here, and between whom it stands.
public struct HeldStep: Hashable, Sendable {
    public let id: StepID
    public let actions: [LedgerAction]
    public let previous: NodeName?
    public let next: NodeName?

    public init(
        id: StepID, actions: [LedgerAction], previous: NodeName?, next: NodeName?
    ) {
        self.id = id
        self.actions = actions
        self.previous = previous
        self.next = next
    }
}
