import Saga

extension StepDecided {
    /// What the addressee is shown, without the facts.
    func frame(to addressee: Addressee?) -> ShownFrame {
        let hasContent = !content.isEmpty
        var writer = MessageWriter(capacity: 64)
        writer.write(step.wireNumber, 1)
        writer.write(state.wire, 2)
        writer.write(refusal?.code ?? "", 3)
        if let deadline { writer.writePresent(deadline.milliseconds, 4) }
        // Beside its content the hash stands in the frame already.
        writer.write(hasContent ? [] : step.saga.contentHash.bytes, 5)
        return ShownFrame(
            to: addressee, step: writer.bytes,
            contentHash: hasContent ? step.saga.contentHash : nil)
    }

    /// The fields of a `StepKept` (journal.proto).
    func writeKept<P: WireParticipant>(
        to writer: inout MessageWriter, for: P.Type
    ) where P.Fact == Fact {
        writer.write(previous?.text ?? "", 1)
        writer.write(next?.text ?? "", 2)
        if let fingerprint { writer.write(fingerprint.bytes, 3) }
        if let principal { writer.write(principal.text, 4) }
        for fact in reserving { writer.write(element: P.encode(fact), 5) }
        for fact in closing { writer.write(element: P.encode(fact), 6) }
    }

    /// Reads a `StepKept`, all but its end, of the step that the entry shows.
    init<P: WireParticipant>(
        from reader: inout MessageReader, _ shown: ShownStep, content: [UInt8], for: P.Type
    ) throws(WireError) where P.Fact == Fact {
        let previous = try NodeName.ifAny(wire: reader.string(1), "a step's previous")
        let next = try NodeName.ifAny(wire: reader.string(2), "a step's next")
        let fingerprint = try reader.bytes(3)
        let principal = try Principal.ifAny(wire: reader.string(4), "a step's principal")
        guard fingerprint.isEmpty || principal != nil else {
            throw WireError("a step has a client's fingerprint and no principal")
        }
        let reserving = try Self.facts(5, of: shown.step, from: &reader, for: P.self)
        let closing = try Self.facts(6, of: shown.step, from: &reader, for: P.self)
        self.init(
            step: shown.step, state: shown.state, refusal: shown.refusal, previous: previous,
            next: next, content: content, deadline: shown.deadline,
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

/// A `StepShown` (links.proto): what an entry says about a step to its addressee.
struct ShownStep: Hashable {
    let step: StepID
    let state: StepState
    let refusal: Refusal?
    let deadline: Timestamp?

    /// - Parameters:
    ///   - frame: Of the entry; it has to be about a step.
    ///   - command: The UUID that the entry stands under.
    init(_ frame: ShownFrame, command: CommandID) throws(WireError) {
        guard let bytes = frame.step else { throw WireError("an entry about a step shows none") }
        var reader = MessageReader(bytes, "giro.links.v1.StepShown")
        let number = try StepID.number(wire: reader.unsigned(1), "a step")
        state = try StepState(wire: reader.unsigned(2))
        refusal = try Refusal.ifAny(wire: reader.string(3), "a step's refusal")
        let time = try reader.signedIfAny(4)
        deadline = time.map { Timestamp(milliseconds: $0) }
        let bytesOfHash = try reader.bytes(5)
        try reader.end()
        let hash: Hash
        if let beside = frame.contentHash {
            guard bytesOfHash.isEmpty else { throw WireError("a step has two content hashes") }
            hash = beside
        } else {
            hash = try Hash(wire: bytesOfHash, "a step's content hash")
        }
        step = StepID(saga: SagaID(command, contentHash: hash), number: number)
    }
}

extension StepState {
    /// The numbers of `StepShown.State` (links.proto).
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
