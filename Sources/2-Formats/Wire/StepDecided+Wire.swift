import Saga

extension Giro_Journal_V1_StepDecided {
    init<P: WireParticipant>(_ decided: StepDecided<P.Fact>, for: P.Type) {
        self.init()
        number = decided.step.wireNumber
        state = decided.state.wire
        refusal = decided.refusal?.code ?? ""
        previous = decided.previous?.text ?? ""
        next = decided.next?.text ?? ""
        contentHash = decided.contentHash.wire
        content = .init(wire: decided.content)
        if let known = decided.deadline { deadline = known.milliseconds }
        if let known = decided.fingerprint { fingerprint = known.wire }
        if let known = decided.principal { principal = known.text }
        reserving = decided.reserving.map { .init(wire: P.encode($0)) }
        closing = decided.closing.map { .init(wire: P.encode($0)) }
    }

    func read<P: WireParticipant>(
        saga: SagaID, for: P.Type
    ) throws(WireError) -> StepDecided<P.Fact> {
        try requireAllKnown()
        guard fingerprint.isEmpty || !principal.isEmpty else {
            throw WireError("a step has a client's fingerprint and no principal")
        }
        var reserved: [P.Fact] = []
        for fact in reserving { reserved.append(try P.decodeFact(fact.byteArray)) }
        var closed: [P.Fact] = []
        for fact in closing { closed.append(try P.decodeFact(fact.byteArray)) }
        return .init(
            step: StepID(saga: saga, number: try StepID.number(wire: number, "a step")),
            state: try StepState(wire: state),
            refusal: try .ifAny(wire: refusal, "a step's refusal"),
            previous: try .ifAny(wire: previous, "a step's previous"),
            next: try .ifAny(wire: next, "a step's next"),
            contentHash: try Hash(wire: contentHash, "a step's content hash"),
            content: content.byteArray,
            deadline: hasDeadline ? Timestamp(milliseconds: deadline) : nil,
            fingerprint: fingerprint.isEmpty
                ? nil : try Hash(wire: fingerprint, "a step's fingerprint"),
            principal: try .ifAny(wire: principal, "a step's principal"),
            reserving: reserved, closing: closed)
    }
}

extension StepState {
    fileprivate init(wire state: Giro_Journal_V1_StepDecided.State) throws(WireError) {
        switch state {
        case .deciding: self = .deciding
        case .reserved: self = .reserved
        case .confirmed: self = .confirmed
        case .cancelled: self = .cancelled
        case .unspecified, .UNRECOGNIZED: throw WireError("a step has no known state")
        }
    }

    fileprivate var wire: Giro_Journal_V1_StepDecided.State {
        switch self {
        case .unknown: preconditionFailure("no decision makes a step unknown again")
        case .deciding: .deciding
        case .reserved: .reserved
        case .confirmed: .confirmed
        case .cancelled: .cancelled
        }
    }
}
