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
    /// By node: where its log decided a step, and where it first names a saga.
    private var decided: [[Decision: Position]]
    private var firstNamed: [[SagaID: Position]]

    init(_ nodes: [(name: NodeName, participant: P)]) {
        names = nodes.map(\.name)
        states = nodes.map { State(node: $0.name, participant: $0.participant) }
        decided = Array(repeating: [:], count: nodes.count)
        firstNamed = Array(repeating: [:], count: nodes.count)
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
            guard let saga = event.saga else { continue }
            let position = commit.header.first + offset
            if firstNamed[node][saga] == nil { firstNamed[node][saga] = position }
            if case .stepDecided(let event) = event {
                decided[node][Decision(step: event.step, state: event.state)] = position
            }
        }
    }

    /// Where the log of `node` says what `message` says; `nil` if it does not, or not any more.
    func basis(of message: Message, from node: Int) -> Position? {
        let saga = message.step.saga
        guard let record = states[node].sagas[saga] else { return nil }
        guard record.contentHash == message.contentHash else {
            // No step of another content is ever done.
            return message.kind == .cancel ? firstNamed[node][saga] : nil
        }
        let forward = message.kind.travelsForward
        let step = StepID(saga: saga, number: message.step.number + (forward ? -1 : 1))
        let state: StepState =
            switch message.kind {
            case .reserve, .abandon: .reserved
            case .confirm: .confirmed
            case .cancel: .cancelled
            }
        return decided[node][Decision(step: step, state: state)]
    }
}
