import Saga
import Testing

/// What every participant owes the engine, whatever it keeps.
///
/// - Parameters:
///   - start: A state in which `request` is admitted. It has to hold every entry that a
///     reservation would create (a shelf, a clearing), so that giving back restores it.
///   - request: The step that is asked for.
///   - refused: A step that is refused in `start`, and why; `nil` where nothing ever is.
func checkParticipant<P: Participant>(
    _ start: P, reserving request: StepRequest<P.Action>,
    refusing refused: (request: StepRequest<P.Action>, refusal: Refusal)? = nil
) throws {
    try Conformance(start: start, request: request).check()
    if let refused {
        #expect(throws: refused.refusal) { try start.reserve(refused.request) }
    }
}

private struct Conformance<P: Participant> {
    let start: P
    let request: StepRequest<P.Action>

    /// Steps that nothing is asked for: another of the saga, and one of another saga that has the
    /// same UUID.
    var others: [StepID] {
        let namesake = SagaID(request.id.saga.command, contentHash: otherContent)
        return [request.id.next, StepID(saga: namesake, number: request.id.number)]
    }

    func check() throws {
        try unknownStepsAreEmpty(in: start)
        try nothingToDoIsNothing()
        try reserveOnlyDecides()
        try closes { $0.confirm(request.id) }
        try closes { $0.cancel(request.id) }
        try cancelRestores()
        try cancelWorksBeforeAcceptance()
        try reserveAgainHolds()
    }

    /// A step that it holds nothing of is closed by nothing.
    private func unknownStepsAreEmpty(in state: P) throws {
        for other in others {
            #expect(!state.holds(other))
            #expect(state.accept(other).isEmpty)
            #expect(state.confirm(other).isEmpty)
            #expect(state.cancel(other).isEmpty)
        }
    }

    /// A step with other participants' actions only leaves no trace.
    private func nothingToDoIsNothing() throws {
        let empty = StepRequest<P.Action>(
            id: request.id, actions: [], previous: request.previous, next: request.next)
        #expect(try start.reserve(empty) == Reservation(facts: []))
    }

    private func reserveOnlyDecides() throws {
        let state = start
        let reservation = try state.reserve(request)
        #expect(try state.reserve(request) == reservation, "the same question, the same answer")
        #expect(state == start, "nothing changes before a fact is applied")
        #expect(!state.holds(request.id))
        #expect(!reservation.facts.isEmpty)

        let reserved = try state.applying(reservation.facts)
        #expect(reserved != start)
        #expect(reserved.holds(request.id))
        try unknownStepsAreEmpty(in: reserved)
        #expect(throws: FoldFault.self, "a step is reserved once") {
            try reserved.applying(reservation.facts)
        }
    }

    private func reservedFacts() throws -> [P.Fact] {
        let reservation = try start.reserve(request)
        let state = try start.applying(reservation.facts)
        let late = state.accept(request.id)
        #expect(state.accept(request.id) == late)
        #expect(!late.isEmpty == reservation.isDeciding, "only what was asked is accepted late")
        #expect(try state.applying(late).accept(request.id).isEmpty, "accepted once")
        return reservation.facts + late
    }

    private func closes(with close: (P) -> [P.Fact]) throws {
        let facts = try reservedFacts()
        let reserved = try start.applying(facts)
        let closing = close(reserved)
        #expect(!closing.isEmpty)
        #expect(close(reserved) == closing, "the same question, the same answer")

        let closed = try reserved.applying(closing)
        #expect(!closed.holds(request.id))
        #expect(closed.confirm(request.id).isEmpty)
        #expect(closed.cancel(request.id).isEmpty)
        #expect(closed.accept(request.id).isEmpty)
        try unknownStepsAreEmpty(in: closed)
        #expect(throws: FoldFault.self, "a step ends once") { try closed.applying(closing) }
        #expect(throws: FoldFault.self, "what was never reserved does not end") {
            try start.applying(closing)
        }
        #expect(try start.applying(facts + closing) == closed, "a replay gives the same value")
    }

    private func cancelRestores() throws {
        let reserved = try start.applying(reservedFacts())
        #expect(try reserved.applying(reserved.cancel(request.id)) == start)
    }

    /// What is held again after a loss is held as it was, and asks no question.
    private func reserveAgainHolds() throws {
        let state = start
        let again = try state.reserveAgain(request)
        #expect(try state.reserveAgain(request) == again, "the same question, the same answer")
        #expect(state == start, "nothing changes before a fact is applied")
        #expect(!again.isDeciding)
        let reserved = try start.applying(again.facts)
        #expect(try reserved == start.applying(reservedFacts()))
        #expect(reserved.accept(request.id).isEmpty)
        let empty = StepRequest<P.Action>(
            id: request.id, actions: [], previous: request.previous, next: request.next)
        #expect(try start.reserveAgain(empty) == Reservation(facts: []))
    }

    private func cancelWorksBeforeAcceptance() throws {
        let asked = try start.applying(start.reserve(request).facts)
        #expect(try asked.applying(asked.cancel(request.id)) == start)
    }
}

extension Participant {
    func applying(_ facts: [Fact]) throws -> Self {
        var copy = self
        for fact in facts { try copy.apply(fact) }
        return copy
    }
}
