import Saga

/// A `StepShown` (links.proto): what an entry says about a step of the node that wrote it.
struct ShownStep: Hashable {
    let step: StepID
    let state: State
    /// The word of a refusal, or empty.
    let refusal: String
    let deadline: Timestamp?
    /// Whether the hash of the saga's content stands beside this message, as that of the content
    /// beside the entry, and not in it.
    let hasContent: Bool
    let isRepeated: Bool

    /// The numbers of `StepShown.State`.
    enum State: UInt64 {
        /// The step counts as never heard of: no peer is shown that.
        case forgotten = 0
        case deciding = 1
        case reserved = 2
        case confirmed = 3
        case cancelled = 4
        case abandonRequested = 5

        init(_ state: StepState) {
            switch state {
            case .unknown: preconditionFailure("no decision makes a step unknown again")
            case .deciding: self = .deciding
            case .reserved: self = .reserved
            case .confirmed: self = .confirmed
            case .cancelled: self = .cancelled
            }
        }

        /// What is decided of the step; `nil` where the entry decides nothing.
        var decided: StepState? {
            switch self {
            case .forgotten, .abandonRequested: nil
            case .deciding: .deciding
            case .reserved: .reserved
            case .confirmed: .confirmed
            case .cancelled: .cancelled
            }
        }
    }

    init(
        _ step: StepID, _ state: State, refusal: Refusal? = nil, deadline: Timestamp? = nil,
        hasContent: Bool = false, isRepeated: Bool = false
    ) {
        self.step = step
        self.state = state
        self.refusal = refusal?.code ?? ""
        self.deadline = deadline
        self.hasContent = hasContent
        self.isRepeated = isRepeated
    }

    /// - Parameters:
    ///   - bytes: Of the own log, or of a peer's.
    ///   - contentHash: That of the content beside the entry, if it names one there.
    ///   - command: The UUID that the entry stands under.
    /// - Throws: This version would not have written it. Whether it knows the refusal, the caller
    ///   has to see.
    init(_ bytes: [UInt8], beside contentHash: Hash?, under command: CommandID) throws(WireError) {
        var reader = MessageReader(bytes, "giro.links.v1.StepShown")
        let number = try StepID.number(wire: reader.unsigned(1), "a step")
        guard let state = State(rawValue: try reader.unsigned(2)) else {
            throw WireError("a step has no known state")
        }
        self.state = state
        refusal = try reader.string(3)
        let time = try reader.signedIfAny(4)
        deadline = time.map { Timestamp(milliseconds: $0) }
        let ownHash = try reader.bytes(5)
        isRepeated = try reader.bool(6)
        try reader.end()
        hasContent = contentHash != nil
        let hash: Hash
        if let contentHash {
            guard ownHash.isEmpty else { throw WireError("a step has two content hashes") }
            hash = contentHash
        } else {
            hash = try Hash(wire: ownHash, "a step's content hash")
        }
        step = StepID(saga: SagaID(command, contentHash: hash), number: number)
        if let fault { throw WireError(fault) }
    }

    /// Why no entry says this of a step; `nil` where one may.
    private var fault: String? {
        guard (state == .cancelled) == !refusal.isEmpty else {
            return "a step is cancelled for no reason, or has one and is not cancelled"
        }
        guard deadline != nil || !hasContent else { return "a step has a content and no deadline" }
        switch state {
        case .forgotten, .abandonRequested:
            let isBare = deadline == nil && !hasContent && !isRepeated
            return isBare ? nil : "a step about which nothing is decided has what a decision has"
        case .deciding:
            return isRepeated ? "what is still being decided is said again" : nil
        case .reserved:
            return isRepeated && !hasContent ? "a step is reserved again without its content" : nil
        case .confirmed, .cancelled:
            return isRepeated && (hasContent || deadline != nil)
                ? "an outcome is said again with what only its first entry has" : nil
        }
    }

    /// What an entry shows that says this.
    func frame(to addressee: Addressee?) -> ShownFrame {
        precondition(fault == nil, "what is written of a step has to be readable: \(fault ?? "")")
        var writer = MessageWriter(capacity: 64)
        writer.write(step.wireNumber, 1)
        writer.write(state.rawValue, 2)
        writer.write(refusal, 3)
        if let deadline { writer.writePresent(deadline.milliseconds, 4) }
        let hash = step.saga.contentHash
        writer.write(hasContent ? [] : hash.bytes, 5)
        writer.write(isRepeated, 6)
        return ShownFrame(
            to: addressee, .step(writer.bytes), contentHash: hasContent ? hash : nil)
    }
}
