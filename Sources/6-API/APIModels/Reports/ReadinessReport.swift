public import Chain
public import Saga

/// Whether a node is ready: what it decides gets done, not only that it answers.
public struct ReadinessReport: Hashable, Sendable, Codable {
    /// `ready`, or `notReady`.
    public let status: String
    /// `nil` where the node does not say.
    public let node: NodeName?
    /// The newest entry; `nil` where the node does not say.
    public let position: Position?
    /// What is wrong; of a node that is ready, warnings.
    public let conditions: [ConditionReport]
    /// Why the token file cannot be used, as a word, and neither its path nor its content; `nil`
    /// where it can.
    public let tokenFault: String?

    package init(
        node: NodeName, position: Position?, conditions: [ConditionReport], tokenFault: String?
    ) {
        (self.node, self.position, self.conditions) = (node, position, conditions)
        self.tokenFault = tokenFault
        status = "ready"
    }

    /// What a problem document says of a node that is not ready.
    public init(notReadyFor conditions: [ConditionReport]) {
        (node, position, self.conditions) = (nil, nil, conditions)
        tokenFault = nil
        status = "notReady"
    }

    /// What keeps the node from being ready.
    public var blocking: [ConditionReport] { conditions.filter(\.blocks) }
}

/// Something that is wrong with a node.
public struct ConditionReport: Hashable, Sendable, Codable {
    /// The word for it: of a node's conditions, also of a newer version's.
    public let code: String
    /// When it began, by the node's clock, as far as its process knows.
    public let since: Timestamp
    /// Whether the node is not ready because of it; otherwise it is a warning.
    public let blocks: Bool
    /// Only for those that may know: which peer, and what happened in this node's own words.
    public let peer: NodeName?
    /// The reason in the node's own words: may name addresses and errors. `nil` for callers that
    /// may not see them.
    public let why: String?

    package init(code: String, since: Timestamp, blocks: Bool, peer: NodeName?, why: String?) {
        self.code = code
        self.since = since
        self.blocks = blocks
        self.peer = peer
        self.why = why
    }
}
