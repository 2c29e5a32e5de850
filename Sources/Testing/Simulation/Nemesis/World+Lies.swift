import Chain
import Engine
import Links
import Saga
import Wire

// What the hostile peer writes into its log: lies with valid numbers, under a valid signature. And
// now and then something true, without which many a lie would not reach what it is about.
extension World {
    /// Entries for some nodes. Not every lie is possible at any time: for some, something has to be
    /// in flight.
    func lie() {
        for _ in 0..<dice.number(1...3) {
            let victim = dice.pick(sites)
            if dice.chance(400), pressSomebody() { continue }
            if dice.chance(250) {
                letClientPay(at: victim)
            } else {
                _ = (0..<4).contains { _ in lie(to: victim) }
            }
        }
        showHostile()
    }

    /// About a step that is open between the hostile peer and a node: what is hardly ever said just
    /// then.
    ///
    /// - Returns: Whether there is such a step.
    private func pressSomebody() -> Bool {
        let open: [(Site<S>, StepID, StepRecord)] = sites.flatMap { site in
            steps(of: site.index) { step in
                (step.state == .deciding && step.next == hostile.name)
                    || (!step.state.isTerminal && step.previous == hostile.name)
            }.map { (site, StepID(saga: $0.0, number: $0.2.number), $0.2) }
        }
        guard !open.isEmpty else { return false }
        let (victim, id, step) = dice.pick(open)
        guard step.next != hostile.name else {
            answer(victim, id.next, isLie: true)
            return true
        }
        guard let asked = hostile.asked.last(where: { $0.step == id.previous }) else {
            return false
        }
        askAgain(asked, victim)
        return true
    }

    /// - Returns: Whether there was something to say.
    private func lie(to victim: Site<S>) -> Bool {
        switch dice.index(below: 15) {
        case 0, 1, 2: answer(victim)
        case 14: answerSettled(victim)
        case 3, 4: ask(victim)
        case 5, 6: askAgain(victim)
        case 7: askForNewer(victim)
        case 8: askFarAhead(victim)
        case 9: answerUnasked(victim)
        case 10: misplace(to: victim)
        case 11: intrude(at: victim)
        case 12: giveUnknownReason(to: victim)
        default: sayNothingReadable(to: victim)
        }
    }

    // MARK: - Sagas that the hostile peer has a part in

    /// A client of the victim, who knows nothing of it, sends it to the hostile peer.
    private func letClientPay(at victim: Site<S>) {
        let plan = plan(from: victim.name, with: victim) { itinerary in
            itinerary.steps.contains { $0.node == hostile.name }
        }
        if let plan { begin(plan) }
    }

    private func ask(_ victim: Site<S>) -> Bool {
        guard let content = content(to: victim) else { return false }
        return ask(victim, content.bytes, content.hash)
    }

    /// Of a version whose content says more: it has to be refused and answered, not ignored.
    private func askForNewer(_ victim: Site<S>) -> Bool {
        guard let content = content(to: victim) else { return false }
        let bytes = content.bytes + [0x78, 0x01]
        return ask(victim, bytes, .sha256(of: bytes))
    }

    /// For a step that is to be held for days.
    private func askFarAhead(_ victim: Site<S>) -> Bool {
        guard let content = content(to: victim) else { return false }
        return ask(victim, content.bytes, content.hash, within: .seconds(3 * 86_400))
    }

    private func ask(
        _ victim: Site<S>, _ content: [UInt8], _ hash: Hash, within time: Duration = .seconds(30)
    ) -> Bool {
        let asked = Hostile.Asked(
            node: victim.index,
            step: StepID(saga: SagaID(dice.commandID(), contentHash: hash), number: 0),
            content: content, deadline: hostileClock + time)
        hostile.asked.append(asked)
        reserve(asked, at: victim)
        return true
    }

    private func reserve(_ asked: Hostile.Asked, at victim: Site<S>) {
        tell(
            victim,
            .stepDecided(
                StepDecided(
                    step: asked.step, state: .reserved, previous: nil, next: victim.name,
                    content: asked.content, deadline: asked.deadline)),
            isLie: false)
    }

    /// For what it has asked for, or to give that up; more often for what is still open.
    private func askAgain(_ victim: Site<S>) -> Bool {
        let all = hostile.asked.filter { $0.node == victim.index }
        let open = all.filter { asked in
            let state = truth.states[victim.index].stepState(asked.step.next)
            return state == .deciding || state == .reserved
        }
        guard !all.isEmpty else { return false }
        askAgain(dice.pick(open.isEmpty || dice.chance(300) ? all : open), victim)
        return true
    }

    private func askAgain(_ asked: Hostile.Asked, _ victim: Site<S>) {
        guard dice.chance(500) else { return reserve(asked, at: victim) }
        tell(
            victim,
            .abandonRequested(
                AbandonRequested(step: asked.step, next: victim.name, principal: nil)),
            isLie: false)
    }

    /// To what the victim asked for: before it could ask, when it waits, and after it was answered.
    private func answer(_ victim: Site<S>) -> Bool {
        let steps = StepState.allCases.compactMap { state in
            self.step(of: victim.index) { $0.next == hostile.name && $0.state == state }
        }
        guard !steps.isEmpty else { return false }
        let (saga, _, step) = dice.pick(steps)
        let id = StepID(saga: saga, number: step.number)
        let isTrue = step.state == .reserved && !isAnswered(id, at: victim)
        answer(victim, id.next, isLie: !isTrue)
        return true
    }

    /// What is settled long since, once more, or now otherwise.
    private func answerSettled(_ victim: Site<S>) -> Bool {
        let settled = step(of: victim.index) { $0.next == hostile.name && $0.state == .confirmed }
        guard let (saga, _, step) = settled else { return false }
        answer(victim, StepID(saga: saga, number: step.number).next, isLie: true)
        return true
    }

    private func answer(_ victim: Site<S>, _ step: StepID, isLie: Bool) {
        tell(
            victim,
            .stepDecided(
                .answer(step, to: victim.name, dice.chance(500) ? .confirmed : .cancelled)),
            isLie: isLie)
    }

    /// Whether an answer about a step is on its way to the victim.
    private func isAnswered(_ step: StepID, at victim: Site<S>) -> Bool {
        truth.told(by: hostile.name, to: victim.name)
            .suffix(truth.untaken(of: hostile.name, at: victim.index))
            .contains { $0.asks.map { $0.step == step && !$0.isForward } ?? false }
    }

    /// A no for a reason of a newer version.
    private func giveUnknownReason(to victim: Site<S>) -> Bool {
        let open = step(of: victim.index) { $0.next == hostile.name && $0.state == .reserved }
        guard let (saga, _, step) = open else { return false }
        let id = StepID(saga: saga, number: step.number)
        guard !isAnswered(id, at: victim) else { return false }
        let reason = Refusal(defining: "ofANewerVersion")
        tell(
            victim, .stepDecided(.answer(id.next, to: victim.name, .cancelled, reason)),
            isLie: false)
        return true
    }

    // MARK: - What must be refused

    /// About a saga that no node knows.
    private func answerUnasked(_ victim: Site<S>) -> Bool {
        let step = StepID(saga: dice.sagaID(), number: 1)
        if dice.chance(300) {
            tell(
                victim,
                .abandonRequested(
                    AbandonRequested(step: step, next: victim.name, principal: nil)),
                isLie: true)
        } else {
            answer(victim, step, isLie: true)
        }
        return true
    }

    /// An answer in the place of the peer that the step waits for, or a request in that of the one
    /// that asked for it.
    private func misplace(to victim: Site<S>) -> Bool {
        let held = step(of: victim.index) { step in
            step.state == .reserved && step.next != hostile.name && step.previous != hostile.name
        }
        guard let (saga, _, step) = held else { return false }
        let id = StepID(saga: saga, number: step.number)
        if step.number > 0, dice.chance(300) {
            tell(
                victim,
                .abandonRequested(
                    AbandonRequested(step: id.previous, next: victim.name, principal: nil)),
                isLie: true)
        } else {
            answer(victim, id.next, isLie: true)
        }
        return true
    }

    /// A request in the place of the peer whose turn it is to ask: in that one's saga, or under a
    /// new UUID.
    private func intrude(at victim: Site<S>) -> Bool {
        let others = sites.compactMap { other in
            step(of: other.index) { $0.state == .reserved && $0.next == victim.name }
        }
        guard let (saga, record, step) = others.first, let open = record.open else { return false }
        let named =
            dice.chance(500) ? saga : SagaID(dice.commandID(), contentHash: saga.contentHash)
        tell(
            victim,
            .stepDecided(
                StepDecided(
                    step: StepID(saga: named, number: step.number), state: .reserved,
                    previous: nil, next: victim.name, content: open.bytes,
                    deadline: open.deadline)),
            isLie: true)
        return true
    }

    /// An entry of a newer version, or none that any version would write.
    private func sayNothingReadable(to victim: Site<S>) -> Bool {
        let word = dice.index(below: 3)
        let noise = dice.hash().bytes
        write(word == 0 ? nil : dice.commandID(), Told(position: .start), to: victim, isLie: true) {
            let number = $0.number ?? 0
            let says = Shown(to: $0.peer, number: number, .step(noise)).encoded()
            // A field that is not known, behind all that are.
            return EntryParts(shown: word == 1 ? says + [0x78, 0x01] : says, kept: noise)
        }
        return true
    }

    // MARK: - Parts

    private func content(to victim: Site<S>) -> Content<P.Action>? {
        let plan = plan(from: hostile.name, with: victim) { $0.node(at: 1) == victim.name }
        guard let itinerary = plan?.itinerary else { return nil }
        let content = Content.encode(itinerary, reference: "", for: P.self)
        truth.plan(itinerary, for: content.hash)
        return content
    }

    /// A saga of the hostile peer, the victim and one of the victim's peers: often one that waits
    /// for the outside somewhere, so that there is time to say something.
    private func plan(
        from origin: NodeName, with victim: Site<S>,
        where fits: (Itinerary<P.Action>) -> Bool
    ) -> SagaPlan<P.Action>? {
        let other = dice.pick(network.peers(of: victim.name))
        let few = neighbourhood.reduced(to: [victim.name, other, hostile.name])
        let isToWait = dice.chance(500)
        var found: SagaPlan<P.Action>?
        for _ in 0..<40 {
            let plan = scenario.nextSaga(at: origin, in: few, &dice)
            guard fits(plan.itinerary) else { continue }
            found = plan
            if !isToWait || waitsForOutside(plan.itinerary) { break }
        }
        return found
    }

    /// Whether some bank would ask an approver before it does its step.
    private func waitsForOutside(_ itinerary: Itinerary<P.Action>) -> Bool {
        let saga = SagaID(CommandID(high: 1, low: 1), contentHash: .zero)
        return itinerary.steps.enumerated().contains { number, step in
            guard let node = network.index(of: step.node) else { return false }
            let participant = truth.states[node].participant
            do throws(Refusal) {
                try itinerary.check(at: number)
                try participant.check(itinerary)
                let request = StepRequest(StepID(saga: saga, number: number), in: itinerary)
                return try participant.reserve(request).isDeciding
            } catch {
                return false
            }
        }
    }

    /// One of a node's steps as its durable log has it, any of those that fit.
    func step(
        of node: Int, where fits: (StepRecord) -> Bool
    ) -> (SagaID, SagaRecord, StepRecord)? {
        let found = steps(of: node, where: fits)
        return found.isEmpty ? nil : dice.pick(found)
    }

    func steps(
        of node: Int, where fits: (StepRecord) -> Bool
    ) -> [(SagaID, SagaRecord, StepRecord)] {
        var found: [(SagaID, SagaRecord, StepRecord)] = []
        for (saga, record) in truth.states[node].sagas {
            for step in record.steps where fits(step) { found.append((saga, record, step)) }
        }
        return found.sorted { ($0.0, $0.2.number) < ($1.0, $1.2.number) }
    }
}
