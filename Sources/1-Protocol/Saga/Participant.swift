/// One kind of system that takes part in sagas: a bank's ledger, a shop's shelf …
///
/// A value that decides and remembers, and never acts: the deciding functions return facts and
/// change nothing; ``apply(_:)`` folds facts and never judges. The node writes facts to its log
/// between the two, so what is not in the log did not happen.
///
/// Its three verbs are those of Try-Confirm/Cancel (TCC). The engine calls `reserve`, or
/// `reserveAgain`, at most once per step and afterwards either `confirm` or `cancel`, once. Both of
/// these cannot be refused.
public protocol Participant: Equatable, Sendable {
    /// What an itinerary can ask of it.
    associatedtype Action: Hashable, Sendable
    /// What it did, as the log keeps it.
    associatedtype Fact: Hashable, Sendable
    /// What its own clients can ask of it outside any saga.
    associatedtype Operation: Hashable, Sendable

    /// The reasons it refuses for, besides the protocol's own: ``Refusal/protocolReasons``.
    static var refusalReasons: [RefusalReason] { get }

    /// Judges an itinerary as a whole, the other nodes' steps included.
    func check(_ itinerary: Itinerary<Action>) throws(Refusal)

    /// Judges the actions of one step, all or none. Where there are actions, their facts leave
    /// something held: a status without it is refused by every fold.
    func reserve(_ request: StepRequest<Action>) throws(Refusal) -> Reservation<Fact>

    /// Holds a step that the lost end of the log may have reserved: the step after may have been
    /// confirmed since, so a refusal could give back what was paid.
    ///
    /// No outside is asked, since it was asked then. But a peer's word alone says so: no limit is
    /// passed over, nor what cannot be held at all. What this refuses is not refused to the step
    /// before: it waits until it can be held. The itinerary was judged by ``check(_:)``, and the
    /// step is neither the first nor the last.
    func reserveAgain(_ request: StepRequest<Action>) throws(Refusal) -> Reservation<Fact>

    /// The late answer to a step that is `deciding` was yes.
    func accept(_ step: StepID) -> [Fact]

    /// Makes a reserved step final; empty where it holds nothing of the step.
    func confirm(_ step: StepID) -> [Fact]

    /// Gives a reserved or deciding step back; empty where it holds nothing of the step.
    func cancel(_ step: StepID) -> [Fact]

    /// Whether a reservation of the step is still open here.
    func holds(_ step: StepID) -> Bool

    /// The node that an operation is about and that has to be a peer; `nil` for any other
    /// operation.
    func requiredPeer(of operation: Operation) -> NodeName?

    /// Judges an operation of a client or operator.
    func perform(_ operation: Operation) throws(Refusal) -> Fact

    /// Folds a fact.
    ///
    /// - Throws: The fact does not add up: the log was not written by these rules.
    mutating func apply(_ fact: Fact) throws(FoldFault)
}

extension Participant {
    /// By default as ``reserve(_:)``: right where all that this refuses is what cannot be held.
    public func reserveAgain(
        _ request: StepRequest<Action>
    ) throws(Refusal) -> Reservation<Fact> {
        try reserve(request)
    }

    /// None besides the protocol's own.
    public static var refusalReasons: [RefusalReason] { [] }

    /// By default no operation is about a peer.
    public func requiredPeer(of operation: Operation) -> NodeName? { nil }
}

/// The request to reserve a step, as a participant receives it.
public struct StepRequest<Action: Hashable & Sendable>: Hashable, Sendable {
    /// The step, one of this node's.
    public let id: StepID
    /// The step's actions in their order; never the foreign ones.
    public let actions: [Action]
    /// The owner of the step before; `nil` for the origin's.
    public let previous: NodeName?
    /// The owner of the step after; `nil` for the last.
    public let next: NodeName?

    /// Takes the parts as they are: nothing is checked.
    public init(id: StepID, actions: [Action], previous: NodeName?, next: NodeName?) {
        self.id = id
        self.actions = actions
        self.previous = previous
        self.next = next
    }

    /// Takes the actions and the neighbours of step `id` from `itinerary`, which has to have that
    /// step: ``Itinerary/check(at:)`` comes first.
    public init(_ id: StepID, in itinerary: Itinerary<Action>) {
        self.init(
            id: id, actions: itinerary.steps[id.number].actions,
            previous: itinerary.node(at: id.number - 1), next: itinerary.node(at: id.number + 1))
    }
}

/// The answer to a reserve that was not refused.
public struct Reservation<Fact: Hashable & Sendable>: Hashable, Sendable {
    /// The facts to log and then to fold, in this order; empty where nothing had to be held.
    public let facts: [Fact]
    /// Something of the step is decided later, by an answer from outside.
    public let isDeciding: Bool

    /// Takes the parts as they are: nothing is checked.
    public init(facts: [Fact], isDeciding: Bool = false) {
        self.facts = facts
        self.isDeciding = isDeciding
    }
}

/// A log that does not add up: it was not written by these rules, or was changed since.
public struct FoldFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The contradiction, as an operator reads it.
    public let description: String

    /// Takes the contradiction in words that say which fact broke which rule.
    public init(_ description: String) {
        self.description = description
    }
}
