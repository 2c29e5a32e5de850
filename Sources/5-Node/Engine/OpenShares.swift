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

/// How many of a node's open steps take room of each share, and how many bytes their contents
/// have: a fold of the log.
public struct OpenShares: Hashable, Sendable {
    private struct Use: Hashable {
        var count = 0
        var bytes = 0
    }

    /// None is of no step, so that equal logs make equal values.
    private var used: [OpenShare: Use] = [:]

    /// The open steps that take room of `share`.
    public subscript(share: OpenShare) -> Int { used[share]?.count ?? 0 }

    /// The bytes of the contents of these steps. A content counts for each of its steps.
    public func bytes(of share: OpenShare) -> Int { used[share]?.bytes ?? 0 }

    /// Takes in that a step was opened, or that it was closed.
    ///
    /// - Parameters:
    ///   - client: The one that began the saga here, if one did.
    ///   - bytes: The length of the saga's content, which stays the same while a step is open.
    mutating func count(
        _ step: StepRecord, begunBy client: Principal?, isOpen: Bool, bytes: Int = 0
    ) {
        let shares = OpenShare.all(
            ofStep: step.number, from: step.previous, to: step.next, begunBy: client)
        for share in shares {
            var use = used[share] ?? Use()
            use.count += isOpen ? 1 : -1
            use.bytes += isOpen ? bytes : -bytes
            precondition(
                use.count > 0 && use.bytes >= 0 || use == Use(),
                "only a step that was opened is closed, with the content that it was opened with")
            used[share] = use.count == 0 ? nil : use
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

    /// How many bytes the contents of these steps may have.
    public func openBytesMax(of share: OpenShare) -> Int {
        switch share {
        case .asked, .waiting: openBytesPerPeerMax
        case .begun: openBytesPerClientMax
        }
    }

    /// Whether one more step fits into `share`, with a content of that many bytes.
    func hasRoom(for bytes: Int, in share: OpenShare, besides used: OpenShares) -> Bool {
        used[share] < openMax(of: share)
            && used.bytes(of: share) + bytes <= openBytesMax(of: share)
    }
}
