/// What nodes say to each other about a step. Forward along the itinerary travel `reserve` and
/// `abandon`, back travel `confirm` and `cancel`.
public struct Message: Hashable, Sendable {
    public enum Kind: Hashable, Sendable, CaseIterable {
        case reserve, abandon, confirm, cancel

        public var travelsForward: Bool { self == .reserve || self == .abandon }
    }

    public let kind: Kind
    public let sender: NodeName
    public let receiver: NodeName
    /// The receiver's step.
    public let step: StepID
    public let contentHash: Hash
    /// With `reserve` and `abandon`, empty with the others.
    public let content: [UInt8]
    /// Why, with `cancel`.
    public let refusal: Refusal?

    public init(
        _ kind: Kind, from sender: NodeName, to receiver: NodeName, step: StepID,
        contentHash: Hash, content: [UInt8] = [], refusal: Refusal? = nil
    ) {
        self.kind = kind
        self.sender = sender
        self.receiver = receiver
        self.step = step
        self.contentHash = contentHash
        self.content = content
        self.refusal = refusal
    }
}
