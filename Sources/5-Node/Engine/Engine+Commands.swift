import Saga
import Wire

extension Engine {
    mutating func handle(_ begin: Begin<P>) -> Reply {
        if let verdict = verdict(on: begin.id, begin.fingerprint) { return .verdict(verdict) }
        let saga = SagaID(begin.id, contentHash: begin.content.hash)
        guard begin.content.node(at: 0).map({ $0 == configuration.node }) ?? true else {
            preconditionFailure("the shell begins only sagas whose first step is this node's")
        }
        let limits = configuration.limits
        let decision = decision(
            on: StepOrder(
                step: StepID(saga: saga, number: 0), content: begin.content,
                deadline: begin.deadline, previous: nil, fingerprint: begin.fingerprint,
                principal: begin.principal,
                deadlineMax: limits.deadlineMax + limits.receiptSkewMax),
            at: now)
        // What ends at once takes no room: a saga of this node alone, and one that a rule refuses.
        guard decision.state.isTerminal || state.openSagas < limits.openSagasMax else {
            return .busy
        }
        guard decision.refusal != .tooManyOpen else { return .shareFull }
        record(decision)
        return firstAnswer(to: begin.id)
    }

    mutating func handle(_ operate: Operate<P>) -> Reply {
        if let verdict = verdict(on: operate.id, operate.fingerprint) { return .verdict(verdict) }
        record(
            .operationDecided(
                OperationDecided(
                    id: operate.id, fingerprint: operate.fingerprint,
                    principal: operate.principal, outcome: outcome(of: operate.operation))))
        return firstAnswer(to: operate.id)
    }

    /// The client gives a saga up: the next node is asked to, or the outside to stop.
    mutating func abandon(_ id: CommandID, by principal: Principal) -> Reply {
        guard let saga = state.saga(begunBy: id), let origin = state[saga]?.step(0),
            let answer = state.firstAnswer(to: id)
        else { return .unknownSaga }
        guard !origin.state.isTerminal, !origin.isAbandonRequested else {
            return .verdict(.duplicate(of: answer))
        }
        giveUp(StepID(saga: saga, number: 0), by: principal)
        return .verdict(.applied)
    }

    /// Whether new steps are taken from a peer. A step is judged by what was set before it; those
    /// that are held are not touched.
    ///
    /// A client's saga that continues at a stopped peer is begun as ever: it is new work for the
    /// peer, not from it.
    mutating func setIntake(
        from peer: NodeName, _ intake: Intake, by principal: Principal
    ) -> Reply {
        guard configuration.peers.contains(peer) else { return .unknownPeer }
        guard state.intake(from: peer) != intake else {
            return .verdict(.duplicate(of: .applied))
        }
        record(.intakeSet(from: peer, intake, by: principal))
        return .verdict(.applied)
    }

    /// The answer to a UUID that a client used here before; `nil` for a new one. All kinds of
    /// command share one space of UUIDs. What peers do under a UUID takes it away from no client.
    private func verdict(on id: CommandID, _ fingerprint: Hash) -> Verdict? {
        guard let command = state.commands[id]?.command, let answer = state.firstAnswer(to: id)
        else { return nil }
        return command.fingerprint == fingerprint ? .duplicate(of: answer) : .conflict
    }

    private func firstAnswer(to id: CommandID) -> Reply {
        switch state.firstAnswer(to: id) {
        case .refused(let refusal): .verdict(.refused(refusal))
        case .applied: .verdict(.applied)
        case nil: preconditionFailure("a command that was decided is remembered")
        }
    }

    private func outcome(of operation: P.Operation) -> OperationDecided<P.Fact>.Outcome {
        do throws(Refusal) {
            if let peer = state.participant.requiredPeer(of: operation) {
                guard configuration.peers.contains(peer) else { throw .unknownPeer }
            }
            return .applied(try state.participant.perform(operation))
        } catch {
            return .refused(error)
        }
    }
}
