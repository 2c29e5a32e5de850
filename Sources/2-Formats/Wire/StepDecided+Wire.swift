import Saga

extension StepDecided {
    /// The fields of a `StepDecided` (journal.proto). The saga is not part of them.
    func write<P: WireParticipant>(
        to writer: inout MessageWriter, for: P.Type
    ) where P.Fact == Fact {
        writer.write(step.wireNumber, 1)
        writer.write(state.wire, 2)
        writer.write(refusal?.code ?? "", 3)
        writer.write(previous?.text ?? "", 4)
        writer.write(next?.text ?? "", 5)
        writer.write(step.saga.contentHash.bytes, 6)
        writer.write(content, 7)
        if let fingerprint { writer.write(fingerprint.bytes, 8) }
        for fact in reserving { writer.write(element: P.encode(fact), 9) }
        for fact in closing { writer.write(element: P.encode(fact), 10) }
        if let deadline { writer.writePresent(deadline.milliseconds, 11) }
        if let principal { writer.write(principal.text, 12) }
    }

    /// Reads such a message, all but its end.
    init<P: WireParticipant>(
        from reader: inout MessageReader, command: CommandID, for: P.Type
    ) throws(WireError) where P.Fact == Fact {
        let number = try StepID.number(wire: reader.unsigned(1), "a step")
        let state = try StepState(wire: reader.unsigned(2))
        let refusal = try Refusal.ifAny(wire: reader.string(3), "a step's refusal")
        let previous = try NodeName.ifAny(wire: reader.string(4), "a step's previous")
        let next = try NodeName.ifAny(wire: reader.string(5), "a step's next")
        let contentHash = try Hash(wire: reader.bytes(6), "a step's content hash")
        let step = StepID(saga: SagaID(command, contentHash: contentHash), number: number)
        let content = try reader.bytes(7)
        let fingerprint = try reader.bytes(8)
        let reserving = try Self.facts(9, of: step, from: &reader, for: P.self)
        let closing = try Self.facts(10, of: step, from: &reader, for: P.self)
        let deadline = try reader.signedIfAny(11)
        let principal = try Principal.ifAny(wire: reader.string(12), "a step's principal")
        guard fingerprint.isEmpty || principal != nil else {
            throw WireError("a step has a client's fingerprint and no principal")
        }
        self.init(
            step: step, state: state, refusal: refusal, previous: previous, next: next,
            content: content,
            deadline: deadline.map { Timestamp(milliseconds: $0) },
            fingerprint: fingerprint.isEmpty
                ? nil : try Hash(wire: fingerprint, "a step's fingerprint"),
            principal: principal, reserving: reserving, closing: closing)
    }

    private static func facts<P: WireParticipant>(
        _ field: Int, of step: StepID, from reader: inout MessageReader, for: P.Type
    ) throws(WireError) -> [Fact] where P.Fact == Fact {
        var facts: [Fact] = []
        while let fact = try reader.bytesElement(field) {
            facts.append(try P.decodeFact(fact, of: step))
        }
        return facts
    }
}

extension StepState {
    /// The numbers of `StepDecided.State` (journal.proto).
    fileprivate init(wire state: UInt64) throws(WireError) {
        switch state {
        case 1: self = .deciding
        case 2: self = .reserved
        case 3: self = .confirmed
        case 4: self = .cancelled
        default: throw WireError("a step has no known state")
        }
    }

    fileprivate var wire: UInt64 {
        switch self {
        case .unknown: preconditionFailure("no decision makes a step unknown again")
        case .deciding: 1
        case .reserved: 2
        case .confirmed: 3
        case .cancelled: 4
        }
    }
}
