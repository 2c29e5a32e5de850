import Chain
public import Engine
public import Saga
public import Wire

/// What is durable: every node's log, folded commit by commit from the bytes on its disk, and what
/// the clients asked for. Checkers measure everything against it.
public final class Truth<P: WireParticipant> {
    private struct Decision: Hashable {
        let step: StepID
        let state: StepState
    }

    /// The nodes' names by their index.
    public let names: [NodeName]
    /// By node, the fold of its durable log.
    public private(set) var states: [State<P>]
    /// What clients asked for, by content hash.
    public private(set) var plans: [Hash: Itinerary<P.Action>] = [:]
    /// By node: where its log decided a step.
    private var decided: [[Decision: Position]]

    init(_ nodes: [(name: NodeName, participant: P)]) {
        names = nodes.map(\.name)
        states = nodes.map { State(node: $0.name, participant: $0.participant) }
        decided = Array(repeating: [:], count: nodes.count)
    }

    /// The index of a node; `nil` for a name that is not in the network.
    public func index(of name: NodeName) -> Int? { names.firstIndex(of: name) }

    func plan(_ itinerary: Itinerary<P.Action>, for content: Hash) {
        plans[content] = itinerary
    }

    func fold(
        _ commit: Commit, _ events: [Event<P.Fact>], of node: Int
    ) throws(FoldFault) {
        try states[node].apply(events, of: commit)
        for (offset, event) in events.enumerated() {
            if case .stepDecided(let event) = event {
                decided[node][Decision(step: event.step, state: event.state)] =
                    commit.header.first + offset
            }
        }
    }

    /// Where the log of `node` says what `message` says; `nil` if it does not, or not any more.
    func basis(of message: Message, from node: Int) -> Position? {
        let forward = message.kind.travelsForward
        let step = forward ? message.step.previous : message.step.next
        let state: StepState =
            switch message.kind {
            case .reserve, .abandon: .reserved
            case .confirm: .confirmed
            case .cancel: .cancelled
            }
        return decided[node][Decision(step: step, state: state)]
    }
}
