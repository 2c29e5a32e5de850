public import Saga

/// What an entry of a peer's log says about one of the peer's steps: it asks the owner of the step
/// after, or answers the owner of the step before.
public struct PeerStep: Hashable, Sendable {
    /// The peer's step.
    public let step: StepID
    /// What the peer says of it.
    public let kind: Kind

    /// What a peer's entry can say to a neighbour.
    public enum Kind: Hashable, Sendable {
        /// The next step is to be done.
        ///
        /// - Parameters:
        ///   - content: Of the saga: not empty, at most `Content.bytesMax` bytes.
        ///   - deadline: After this time the step is not to be done any more.
        ///   - isRepeated: Whether an entry before said so already.
        case reserved(content: [UInt8], deadline: Timestamp, isRepeated: Bool)
        /// The next step is to be given up.
        case abandonRequested
        case confirmed
        /// With `Refusal.unspecified` for a reason that this version does not know.
        case cancelled(Refusal)
    }

    /// Takes the parts as they are.
    package init(_ step: StepID, _ kind: Kind) {
        self.step = step
        self.kind = kind
    }

    /// Reads what a peer's entry says, once the entry is proved.
    ///
    /// - Parameters:
    ///   - shown: A `StepShown` (links.proto).
    ///   - saga: The UUID that the entry stands under.
    ///   - contentHash: That of the content beside the entry; `nil` where it names none there.
    ///   - content: What stands beside the entry. That it is the one of its hash was checked with
    ///     the proof, and is not checked again.
    /// - Throws: It says nothing to a neighbour, or in a way that this version would not have
    ///   written: it has no effect. That includes fields of a newer version, since they may change
    ///   what the others mean.
    public init(
        _ shown: [UInt8], saga: CommandID, contentHash: Hash?, content: [UInt8]
    ) throws(WireError) {
        let shown = try ShownStep(shown, beside: contentHash, under: saga)
        step = shown.step
        switch shown.state {
        case .reserved:
            kind = try Self.reserved(shown, content: content)
        case .abandonRequested: kind = .abandonRequested
        case .confirmed: kind = .confirmed
        case .cancelled: kind = .cancelled(Refusal(code: shown.refusal) ?? .unspecified)
        case .deciding, .forgotten: throw WireError("a step that no peer is shown is shown to one")
        }
    }

    private static func reserved(
        _ shown: ShownStep, content: [UInt8]
    ) throws(WireError) -> Kind {
        guard shown.hasContent, !content.isEmpty, let deadline = shown.deadline else {
            throw WireError("a peer asks for a step without its content or its deadline")
        }
        guard content.count <= Content<Never>.bytesMax else {
            throw WireError("a content is longer than \(Content<Never>.bytesMax) bytes")
        }
        return .reserved(content: content, deadline: deadline, isRepeated: shown.isRepeated)
    }
}
