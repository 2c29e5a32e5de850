/// What nodes say to each other about a step. Forward along the itinerary travel `reserve` and
/// `abandon`, back travel `confirm` and `cancel`.
public struct Message: Hashable, Sendable {
    /// The four words of the protocol; ``StepState/move(on:)`` has what each does to a step.
    public enum Kind: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case reserve, abandon, confirm, cancel

        /// Forward is from the origin towards the last step; only such messages carry the content.
        public var travelsForward: Bool { self == .reserve || self == .abandon }

        /// The word in the headers of records. Spelled out, since printing a case otherwise looks
        /// its name up at run time, for each message.
        public var description: String { rawValue }
    }

    /// The word; which further fields are set follows from it.
    public let kind: Kind
    /// The owner of the neighbouring step; the secret shared with it authenticates the message.
    public let sender: NodeName
    /// The owner of `step`.
    public let receiver: NodeName
    /// The receiver's step, of the saga with exactly this content.
    public let step: StepID
    /// With `reserve` and `abandon`, empty with the others.
    public let content: [UInt8]
    /// With `reserve` and `abandon`: after this time the step is not to be done any more.
    public let deadline: Timestamp?
    /// Why, with `cancel`.
    public let refusal: Refusal?

    /// Takes the parts as they are: nothing is checked.
    public init(
        _ kind: Kind, from sender: NodeName, to receiver: NodeName, step: StepID,
        content: [UInt8] = [], deadline: Timestamp? = nil, refusal: Refusal? = nil
    ) {
        self.kind = kind
        self.sender = sender
        self.receiver = receiver
        self.step = step
        self.content = content
        self.deadline = deadline
        self.refusal = refusal
    }
}
