public import Saga
public import Wire

/// What is simulated: what stands at the nodes, what their clients want, and what must hold beyond
/// what holds for every saga.
///
/// ``BankScenario`` is the one that Giro itself is tested with.
public protocol Scenario: Sendable {
    associatedtype Participant: WireParticipant

    /// What a node's participant is before anything happened.
    func participant(of node: NodeName) -> Participant

    /// What is asked of a node before any client comes: each list once all of those before it are
    /// answered by all nodes.
    func preparations(of node: NodeName, in network: Network) -> [[Participant.Operation]]

    /// What the next client wants, right or wrong.
    func nextWish(in network: Network, _ dice: inout Dice) -> Wish<Participant>

    /// Another saga that `node` may begin, for a client who sends two under one UUID.
    func nextSaga(
        at node: NodeName, in network: Network, _ dice: inout Dice
    ) -> SagaPlan<Participant.Action>

    /// The wish of another client while the saga is in progress, if any.
    func afterthought(
        on plan: SagaPlan<Participant.Action>, in network: Network, _ dice: inout Dice
    ) -> Wish<Participant>?

    /// What must hold besides ``Checker``s of the protocol; new ones for each run.
    func checkers(in network: Network) -> [any Checker<Participant>]
}

extension Scenario {
    /// By default clients find the nodes as they are.
    public func preparations(
        of node: NodeName, in network: Network
    ) -> [[Participant.Operation]] { [] }

    /// By default a saga's client wants nothing else.
    public func afterthought(
        on plan: SagaPlan<Participant.Action>, in network: Network, _ dice: inout Dice
    ) -> Wish<Participant>? { nil }

    /// By default only the protocol's own claims are checked.
    public func checkers(in network: Network) -> [any Checker<Participant>] { [] }
}

/// Something a client wants of a node.
public enum Wish<P: WireParticipant>: Sendable {
    /// Begin a saga at the node of its first step.
    case begin(SagaPlan<P.Action>)
    /// Something outside any saga.
    case operate(P.Operation, at: NodeName)
}

/// A saga that a client wants begun.
public struct SagaPlan<Action: Hashable & Sendable>: Hashable, Sendable {
    /// The steps, whose first names the node that the client sends it to.
    public var itinerary: Itinerary<Action>
    /// From the origin's clock to the deadline; may be negative.
    public var time: Duration

    /// Takes any itinerary and time, wrong ones too: the nodes judge them.
    public init(_ itinerary: Itinerary<Action>, within time: Duration) {
        self.itinerary = itinerary
        self.time = time
    }
}

/// Who is there, and who knows whom.
public struct Network: Sendable {
    /// A node and the nodes whose keys its people have compared.
    public struct Node: Sendable {
        /// The name, which also makes those of its topics.
        public let name: NodeName
        /// Sorted by name.
        public let peers: [NodeName]
    }

    /// Two to seven, sorted by name.
    public let nodes: [Node]

    /// Takes the nodes as they are; those of a run are made by its seed.
    public init(nodes: [Node]) {
        self.nodes = nodes
    }

    /// The names in the order of ``nodes``.
    public var names: [NodeName] { nodes.map(\.name) }

    /// The index in ``nodes``; `nil` for a name that is not among them.
    public func index(of name: NodeName) -> Int? { nodes.firstIndex { $0.name == name } }

    /// The peers of a node, sorted; none for a name that is not among the nodes.
    public func peers(of name: NodeName) -> [NodeName] {
        nodes.first { $0.name == name }?.peers ?? []
    }
}
