import Chain
import Saga
import Wire

extension Engine {
    mutating func handle(_ begin: Begin<P>) -> Reply {
        if let verdict = verdict(on: begin.id, begin.fingerprint, or: begin.isAlso) {
            return .verdict(verdict)
        }
        guard state.openSagas < configuration.limits.openSagasMax else { return .busy }
        let step = StepID(saga: begin.id, number: 0)
        guard begin.content.node(at: 0).map({ $0 == configuration.node }) ?? true else {
            preconditionFailure("the shell begins only sagas whose first step is this node's")
        }
        perform(
            StepOrder(
                step: step, content: begin.content, previous: nil,
                fingerprint: begin.fingerprint, principal: begin.principal,
                deadlineMax: configuration.limits.deadlineMax
                    + configuration.limits.receiptSkewMax),
            at: now)
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

    /// The client gives a saga up: from now on its questions ask for an end.
    mutating func abandon(_ saga: SagaID, by principal: Principal) -> Reply {
        guard let record = state.sagas[saga], let origin = record.step(0) else {
            return .unknownSaga
        }
        guard !origin.state.isTerminal, !record.isAbandonRequested else {
            return .verdict(.duplicate(of: record.firstAnswer))
        }
        self.record(.abandonRequested(saga, by: principal))
        timers.arm(StepID(saga: saga, number: 0), at: now, attempt: 0)
        return .verdict(.applied)
    }

    /// The answer to a UUID that was used before; `nil` for a new one. All kinds of command, and
    /// all steps of all sagas, share one space of UUIDs.
    private func verdict(
        on id: CommandID, _ fingerprint: Hash, or isAlso: (Hash) -> Bool = { _ in false }
    ) -> Verdict? {
        guard let record = state.sagas[id] else { return nil }
        let isSame = record.fingerprint.map { $0 == fingerprint || isAlso($0) } ?? false
        guard isSame else { return .conflict }
        return .duplicate(of: record.firstAnswer)
    }

    private func firstAnswer(to id: CommandID) -> Reply {
        switch state.sagas[id]?.firstAnswer {
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
