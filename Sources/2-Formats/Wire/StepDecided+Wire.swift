import Saga

// The entries about a step. Which step it is and what is said of it stands in what they show, and
// is not kept once more; nor is the addressee, unless a decision has another neighbour besides. A
// reader leaves the end of a message of journal.proto to its caller.

extension StepDecided {
    /// What the addressee is shown, without the facts.
    var shown: ShownStep {
        ShownStep(
            step, .init(state), refusal: refusal, deadline: deadline, hasContent: !content.isEmpty)
    }

    /// The fields of a `StepKept`.
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

    /// Reads a `StepKept` of the step that the entry shows.
    init<P: WireParticipant>(
        from reader: inout MessageReader, _ shown: ShownStep, content: [UInt8], for: P.Type
    ) throws(WireError) where P.Fact == Fact {
        guard let state = shown.state.decided, !shown.isRepeated else {
            throw WireError("an entry shows no decision and keeps one")
        }
        let refusal = try Refusal.ifAny(wire: shown.refusal, "a step's refusal")
        let previous = try NodeName.ifAny(wire: reader.string(1), "a step's previous")
        let next = try NodeName.ifAny(wire: reader.string(2), "a step's next")
        let fingerprint = try reader.bytes(3)
        let principal = try Principal.ifAny(wire: reader.string(4), "a step's principal")
        guard fingerprint.isEmpty || principal != nil else {
            throw WireError("a step has a client's fingerprint and no principal")
        }
        let reserving = try reader.facts(5, of: shown.step, for: P.self)
        let closing = try reader.facts(6, of: shown.step, for: P.self)
        self.init(
            step: shown.step, state: state, refusal: refusal, previous: previous, next: next,
            content: content, deadline: shown.deadline,
            fingerprint: fingerprint.isEmpty
                ? nil : try Hash(wire: fingerprint, "a step's fingerprint"),
            principal: principal, reserving: reserving, closing: closing)
    }
}

extension StepRepeated {
    /// What the neighbour is shown. Its content is named also where it was left out.
    var shown: ShownStep {
        ShownStep(
            step, .init(state), refusal: refusal, deadline: deadline,
            hasContent: state == .reserved, isRepeated: true)
    }

    /// Takes what the entry shows; it keeps nothing else.
    init(_ shown: ShownStep, to addressee: Addressee?, content: [UInt8]) throws(WireError) {
        guard let state = shown.state.decided, shown.isRepeated, let addressee else {
            throw WireError("an entry repeats a step and does not show that to a neighbour")
        }
        self.init(
            step: shown.step, state: state,
            refusal: try Refusal.ifAny(wire: shown.refusal, "a repeated step's refusal"),
            neighbour: addressee.peer, content: content, deadline: shown.deadline)
    }
}

extension AbandonRequested {
    /// What the owner of the step after is shown, if it is asked yet.
    var shown: ShownStep { ShownStep(step, .abandonRequested) }

    /// The fields of an `AbandonRequested`.
    func writeKept(to writer: inout MessageWriter) {
        precondition(isAskedByOne, "at the origin a client asks, and else the step before does")
        writer.write(principal?.text ?? "", 1)
    }

    /// Reads an `AbandonRequested` of the step that the entry shows.
    init(
        from reader: inout MessageReader, _ shown: ShownStep, to addressee: Addressee?
    ) throws(WireError) {
        guard shown.state == .abandonRequested else {
            throw WireError("an entry keeps an abandon request and shows none")
        }
        let principal = try Principal.ifAny(wire: reader.string(1), "an abandon's principal")
        self.init(step: shown.step, next: addressee?.peer, principal: principal)
        guard isAskedByOne else {
            throw WireError("an abandon request is a client's behind the origin, or no one's at it")
        }
    }

    /// A client asks where the saga began. There is no step before: without a client it is the
    /// client's request that is passed on.
    private var isAskedByOne: Bool {
        step.number > 0 ? principal == nil : principal != nil || next != nil
    }
}

extension MessageReader {
    /// A participant's facts, all of one step.
    mutating func facts<P: WireParticipant>(
        _ field: Int, of step: StepID, for: P.Type
    ) throws(WireError) -> [P.Fact] {
        var facts: [P.Fact] = []
        while let fact = try bytesElement(field) {
            facts.append(try P.decodeFact(fact, of: step))
        }
        return facts
    }
}
