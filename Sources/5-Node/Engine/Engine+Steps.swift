import Chain
import Saga
import Wire

/// A step that is to be done: what a client's command and a peer's Reserve have in common.
struct StepOrder<P: WireParticipant> {
    let step: StepID
    let content: Content<P.Action>
    /// After this time the step is not begun any more.
    let deadline: Timestamp
    /// The owner of the step before: the authenticated sender.
    let previous: NodeName?
    /// At the origin: SHA-256 of what the client sent.
    let fingerprint: Hash?
    /// With the fingerprint: the client.
    let principal: Principal?
    /// How far ahead the deadline may lie.
    let deadlineMax: Duration
}

extension Engine {
    /// What becomes of a step that was never heard of: it is reserved, and confirmed too where it
    /// is the last, or refused.
    func decision(on order: StepOrder<P>, at now: Timestamp) -> Decision<P.Fact> {
        var decision = Decision<P.Fact>(order)
        do throws(Refusal) {
            let reservation = try judge(order, at: now)
            decision.reserving = reservation.facts
            if reservation.isDeciding {
                decision.state = .deciding
            } else {
                decision.state = decision.next == nil ? .confirmed : .reserved
            }
        } catch {
            decision.state = .cancelled
            decision.refusal = error
            // Its hash says which content it was: a flood of them must not fill the log either.
            if error == .tooManyOpen || error == .intakeStopped { decision.content = [] }
        }
        return decision
    }

    /// Remembers a step as cancelled that was given up before it was asked for: the tombstone
    /// that keeps a late Reserve from being done.
    mutating func bury(_ order: StepOrder<P>) {
        var decision = Decision<P.Fact>(order)
        decision.state = .cancelled
        decision.refusal = .abandoned
        // A stopped peer that floods must not fill the log with these instead.
        if isStopped(order) { decision.content = [] }
        record(decision)
    }

    /// The guards of every step, in order of precedence; the participant's own come last.
    private func judge(
        _ order: StepOrder<P>, at now: Timestamp
    ) throws(Refusal) -> Reservation<P.Fact> {
        // Before the content is looked at, which is not kept, whatever is wrong with it.
        guard !isStopped(order) else { throw .intakeStopped }
        // A longer one is not understood by any peer: a hold for it would never end.
        guard order.content.bytes.count <= Message.contentBytesMax,
            case .understood(let itinerary) = order.content.reading
        else { throw .notUnderstood }
        try itinerary.check(at: order.step.number)
        try state.participant.check(itinerary)
        guard order.deadline <= now + order.deadlineMax else { throw .deadlineTooFar }
        guard now < order.deadline else { throw .deadlinePassed }
        let request = StepRequest(order.step, in: itinerary)
        if let next = request.next {
            guard configuration.peers.contains(next) else { throw .unknownPeer }
            // Its answer would be dropped: what is held for it would stay held until an operator
            // accepts it.
            guard !isSuspended(next) else { throw .suspendedPeer }
        }
        let reservation = try state.participant.reserve(request)
        // What ends at once takes no room.
        let staysOpen = reservation.isDeciding || request.next != nil
        guard !staysOpen || hasRoom(for: order, to: request.next) else { throw .tooManyOpen }
        return reservation
    }

    /// Whether an operator has stopped taking new steps from the node that asks for this one.
    private func isStopped(_ order: StepOrder<P>) -> Bool {
        order.previous.map { state.intake(from: $0) } == .stopped
    }

    /// Whether an open step fits into the shares of its neighbours and of its client.
    private func hasRoom(for order: StepOrder<P>, to next: NodeName?) -> Bool {
        let shares = OpenShare.all(
            ofStep: order.step.number, from: order.previous, to: next, begunBy: order.principal)
        return shares.allSatisfy { state.openShares[$0] < configuration.limits.openMax(of: $0) }
    }

    /// Closes a step as the message or answer says, or opens it further; both cannot be refused.
    mutating func close(_ step: StepID, as state: StepState, _ refusal: Refusal? = nil) {
        record(decision(about: step, becomes: state, refusal))
    }

    /// The late answer about a step that is `deciding`.
    mutating func decide(_ step: StepID, approved: Bool, by principal: Principal) -> Reply {
        guard let record = state[step.saga], let known = record.step(step.number) else {
            return .unknownSaga
        }
        guard known.state == .deciding else {
            // The answer that counted: the state alone says what the later steps made of it.
            return .verdict(known.wasApproved == approved ? .duplicate(of: .applied) : .conflict)
        }
        var decision = decision(about: step, becomes: .cancelled, approved ? nil : .declined)
        decision.principal = principal
        if approved {
            decision.reserving = state.participant.accept(step)
            decision.state = known.next == nil ? .confirmed : .reserved
            decision.content = record.open?.bytes ?? []
            decision.deadline = record.open?.deadline
        }
        self.record(decision)
        return .verdict(.applied)
    }

    private func decision(
        about step: StepID, becomes new: StepState, _ refusal: Refusal?
    ) -> Decision<P.Fact> {
        guard let known = state[step.saga]?.step(step.number) else {
            preconditionFailure("only a known step is closed")
        }
        return Decision(
            step: step, state: new, refusal: refusal, previous: known.previous, next: known.next)
    }
}

extension Decision {
    init<P: WireParticipant>(_ order: StepOrder<P>) where P.Fact == Fact {
        // A longer one is refused, and its hash says enough of it: an entry must fit into the log.
        let isKept = order.content.bytes.count <= Message.contentBytesMax
        self.init(
            step: order.step, state: .cancelled, previous: order.previous,
            next: order.content.node(at: order.step.number + 1),
            content: isKept ? order.content.bytes : [], deadline: order.deadline,
            fingerprint: order.fingerprint, principal: order.principal)
    }
}
