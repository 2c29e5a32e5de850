import Saga
import Wire

/// A step that is to be done: what a client's command and a peer's Reserve have in common.
struct StepOrder<P: WireParticipant> {
    let step: StepID
    let content: Content<P.Action>
    /// After this time the step is not begun any more.
    let deadline: Timestamp
    /// The owner of the step before, in whose log the step is asked for.
    let previous: NodeName?
    /// At the origin: SHA-256 of what the client sent.
    let fingerprint: Hash?
    /// With the fingerprint: the client.
    let principal: Principal?
    /// How far ahead the deadline may lie.
    let deadlineMax: Duration
    /// False where the step before says again that it is reserved, and this log has lost entries
    /// that may have held this step: if it is not the last, the next node may know the outcome. So
    /// it is held, or has to wait: see `reasonToWait`.
    var isJudged = true
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
            // Its hash says which content it was: what is refused to peers must not fill the log.
            // A client's own order, which this node has encoded, is shown to the client.
            if order.previous != nil { decision.content = [] }
        }
        return decision
    }

    /// The guards of every step, in order of precedence; the participant's own come last.
    private func judge(
        _ order: StepOrder<P>, at now: Timestamp
    ) throws(Refusal) -> Reservation<P.Fact> {
        // Before the content is looked at, which is not kept, whatever is wrong with it.
        guard !isStopped(order) else { throw .intakeStopped }
        // A longer one is not understood by any peer: a hold for it would never end.
        guard order.content.bytes.count <= Content<P.Action>.bytesMax else { throw .notUnderstood }
        let request = try request(of: order)
        // The last step decides: nothing behind it can know more.
        guard order.isJudged || request.next == nil else { return try holdAgain(request, order) }
        guard order.deadline <= now + order.deadlineMax else { throw .deadlineTooFar }
        guard now < order.deadline else { throw .deadlinePassed }
        if let next = request.next {
            guard configuration.peers.contains(next), state.links[next] != nil else {
                throw .unknownPeer
            }
            // Its answer would not count: what is held for it would stay held until people accept
            // its new timeline.
            guard !state.isSuspended(next) else { throw .suspendedPeer }
        }
        let reservation = try state.participant.reserve(request)
        // What ends at once takes no room.
        let staysOpen = reservation.isDeciding || request.next != nil
        guard !staysOpen || hasRoom(for: order, to: request.next) else { throw .tooManyOpen }
        return reservation
    }

    /// What is asked of this node, by the content alone: what is wrong with it was wrong when the
    /// step was asked for first, and stays so.
    private func request(
        of order: StepOrder<P>
    ) throws(Refusal) -> StepRequest<P.Action> {
        guard case .understood(let itinerary) = order.content.reading else { throw .notUnderstood }
        try itinerary.check(at: order.step.number)
        try state.participant.check(itinerary)
        return StepRequest(order.step, in: itinerary)
    }

    /// Holds a step that the lost entries may have held. Neither its deadline counts, nor whether
    /// the next node is suspended: that one may have confirmed the step. But limits and shares do,
    /// since nothing shows when a peer has said the last such step again: it could go past them
    /// permanently.
    private func holdAgain(
        _ request: StepRequest<P.Action>, _ order: StepOrder<P>
    ) throws(Refusal) -> Reservation<P.Fact> {
        if let next = request.next, state.links[next] == nil { throw .unknownPeer }
        let reservation = try state.participant.reserveAgain(request)
        guard hasRoom(for: order, to: request.next) else { throw .tooManyOpen }
        return reservation
    }

    /// Why a step cannot be held that the lost entries may have held. A refusal could contradict
    /// what the next node knows, so its entry is not taken until an operator has made it fit.
    ///
    /// - Returns: `nil` for a step that is to be decided now.
    func reasonToWait(_ order: StepOrder<P>) -> Refusal? {
        // What is refused for its content alone was refused before as well.
        guard !order.isJudged, let request = try? request(of: order), request.next != nil else {
            return nil
        }
        do throws(Refusal) {
            _ = try judge(order, at: now)
            return nil
        } catch {
            return error
        }
    }

    /// Whether an operator has stopped taking new steps from the node that asks for this one. One
    /// that is said again after a loss may be as new as any other.
    private func isStopped(_ order: StepOrder<P>) -> Bool {
        order.previous.map { state.intake(from: $0) } == .stopped
    }

    /// Whether an open step fits into the shares of its neighbours and of its client, and a peer's
    /// also into the room for peers. Clients are answered before that they have to wait.
    private func hasRoom(for order: StepOrder<P>, to next: NodeName?) -> Bool {
        // A saga that is open here already takes no more room, and could not end without its next
        // step.
        let takesRoom = order.previous != nil && state[order.step.saga]?.isOpen != true
        guard !takesRoom || state.openSagas < configuration.limits.openSagasForPeersMax else {
            return false
        }
        let shares = OpenShare.all(
            ofStep: order.step.number, from: order.previous, to: next, begunBy: order.principal)
        let bytes = order.content.bytes.count
        return shares.allSatisfy {
            configuration.limits.hasRoom(for: bytes, in: $0, besides: state.openShares)
        }
    }

    /// Closes a step as the step after says; that cannot be refused.
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
        guard let known = state.record(of: step) else {
            preconditionFailure("only a known step is closed")
        }
        return Decision(
            step: step, state: new, refusal: refusal, previous: known.previous, next: known.next)
    }
}

extension Decision {
    init<P: WireParticipant>(_ order: StepOrder<P>) where P.Fact == Fact {
        // A longer one is refused, and its hash says enough of it: an entry must fit into the log.
        let isKept = order.content.bytes.count <= Content<P.Action>.bytesMax
        self.init(
            step: order.step, state: .cancelled, previous: order.previous,
            next: order.content.node(at: order.step.number + 1),
            content: isKept ? order.content.bytes : [], deadline: order.deadline,
            fingerprint: order.fingerprint, principal: order.principal)
    }
}
