public import Saga

/// A part of the room that a node has for open steps: what one neighbour can use up without taking
/// any from the others.
public enum OpenShare: Hashable, Sendable {
    /// Of the steps that the peer asked for.
    case asked(NodeName)
    /// Of the steps that wait for the peer, or will as soon as they are decided here.
    case waiting(NodeName)
    /// Of these, the first steps of the sagas that the client began.
    case begun(Principal, NodeName)

    /// The peer whose share it is, or is a part of.
    public var peer: NodeName {
        switch self {
        case .asked(let peer), .waiting(let peer), .begun(_, let peer): peer
        }
    }

    /// The shares that an open step takes room of.
    ///
    /// - Parameter client: The one that began the saga here: it answers for the first step only.
    static func all(
        ofStep number: Int, from previous: NodeName?, to next: NodeName?, begunBy client: Principal?
    ) -> [OpenShare] {
        var shares: [OpenShare] = []
        if let previous { shares.append(.asked(previous)) }
        guard let next else { return shares }
        shares.append(.waiting(next))
        if number == 0, let client { shares.append(.begun(client, next)) }
        return shares
    }
}

/// How many of a node's open steps take room of each share: a fold of the log.
public struct OpenShares: Hashable, Sendable {
    /// None is zero, so that equal logs make equal values.
    private var used: [OpenShare: Int] = [:]

    /// The open steps that take room of `share`.
    public subscript(share: OpenShare) -> Int { used[share, default: 0] }

    /// Takes in that a step was opened, or that it was closed.
    ///
    /// - Parameter client: The one that began the saga here, if one did.
    mutating func count(_ step: StepRecord, begunBy client: Principal?, isOpen: Bool) {
        let shares = OpenShare.all(
            ofStep: step.number, from: step.previous, to: step.next, begunBy: client)
        for share in shares {
            let count = self[share] + (isOpen ? 1 : -1)
            precondition(count >= 0, "only a step that was opened is closed")
            used[share] = count == 0 ? nil : count
        }
    }
}

extension Limits {
    /// How many open steps may take room of `share`.
    public func openMax(of share: OpenShare) -> Int {
        switch share {
        case .asked, .waiting: openPerPeerMax
        case .begun: openPerClientMax
        }
    }
}
