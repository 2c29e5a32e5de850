import Chain
import Engine
import EventLog
import MessageBus
import PeerProtocol
import Saga
import Wire

// Records that must do no harm: garbage, forged, misplaced, from the future, or denying what is
// decided. Who writes them may be a peer with a good key, a stranger, or anybody.
extension World {
    func lie() {
        counts.lies += 1
        let undecided = sites.indices.filter { step(of: $0, where: \.isDecidingForAnother) != nil }
        let isAnybody = undecided.isEmpty || dice.chance(500)
        let victim = dice.pick(isAnybody ? Array(sites.indices) : undecided)
        // Not every lie is possible at any time: for some, something has to be in flight.
        for _ in 0..<4 {
            let peers = network.peers(of: network.names[victim])
            guard let liar = network.index(of: dice.pick(peers)),
                let record = isAnybody ? lie(to: victim, by: liar) : unasked(to: victim, by: liar)
            else { continue }
            observe(.lied(record))
            let sender = topicOwner(of: record, amongPeers: peers, otherwise: network.names[liar])
            return arrive(
                record, at: Topic.transfers(from: sender, to: network.names[victim]).name)
        }
    }

    /// On whose topic to the victim a lie is written: mostly its sender's, by the name that it
    /// gives; now and then that of another, where nothing the sender says may count.
    private func topicOwner(
        of record: Record, amongPeers peers: [NodeName], otherwise liar: NodeName
    ) -> NodeName {
        guard !dice.chance(200) else { return dice.pick(peers) }
        let named = (try? PeerMessage(wire: record.value))?.sender
        return named.flatMap { peers.contains($0) ? $0 : nil } ?? liar
    }

    private func lie(to victim: Int, by liar: Int) -> Record? {
        switch dice.index(below: 13) {
        case 0: garbage()
        case 1: forged(to: victim)
        case 2: stranger(to: victim, by: liar)
        case 3: mishashed(to: victim, by: liar)
        case 4: unasked(to: victim, by: liar)
        case 5: misplaced(to: victim, by: liar)
        case 6: contradiction(to: victim)
        case 7: nameless(to: victim, by: liar)
        case 8: forgedWitness(to: victim, by: liar)
        case 9: repeated(to: victim)
        case 10: intruding(to: victim, by: liar)
        case 11: farAhead(to: victim, by: liar)
        default: notUnderstood(to: victim, by: liar)
        }
    }

    private func garbage() -> Record {
        Record(key: [], headers: [], value: dice.hash().bytes)
    }

    /// Says what would do most harm, if only its code were right.
    private func forged(to victim: Int) -> Record? {
        guard let (saga, _, step) = step(of: victim, where: { $0.state == .reserved }),
            let next = step.next,
            let wrong = PeerSecret(bytes: Array(repeating: 255, count: 32))
        else { return nil }
        let name = network.names[victim]
        return Envelope(node: next, secrets: [name: wrong]).authenticate(
            answer(
                dice.chance(500), from: next, to: name, StepID(saga: saga, number: step.number)))
    }

    /// From a bank that is not in the network.
    private func stranger(to victim: Int, by liar: Int) -> Record? {
        guard let name = NodeName("bank-x") else { return nil }
        let receiver = network.names[victim]
        return Envelope(node: name, secrets: [receiver: Self.secret(liar, victim)]).authenticate(
            answer(
                true, from: name, to: receiver, StepID(saga: dice.sagaID(), number: 0)))
    }

    private func mishashed(to victim: Int, by liar: Int) -> Record? {
        guard let content = content(from: liar, to: victim) else { return nil }
        return sites[liar].envelope.authenticate(
            Message(
                .reserve, from: network.names[liar], to: network.names[victim],
                step: StepID(saga: dice.sagaID(), number: 1), content: content.bytes,
                deadline: deadline(at: liar)))
    }

    /// An answer to a question that was never asked: about an unknown saga, or about a step that is
    /// still being decided, where the answer will be no.
    private func unasked(to victim: Int, by liar: Int) -> Record? {
        if let (saga, _, step) = step(of: victim, where: \.isDecidingForAnother),
            let next = step.next, let site = network.index(of: next),
            isDeclined(StepID(saga: saga, number: step.number))
        {
            return sites[site].envelope.authenticate(
                answer(
                    dice.chance(500), from: next, to: network.names[victim],
                    StepID(saga: saga, number: step.number)))
        }
        return sites[liar].envelope.authenticate(
            answer(
                dice.chance(500), from: network.names[liar], to: network.names[victim],
                StepID(saga: dice.sagaID(), number: 0)))
    }

    /// A peer answers for another one.
    private func misplaced(to victim: Int, by liar: Int) -> Record? {
        guard let (saga, _, step) = step(of: victim, where: { $0.state == .reserved }),
            step.next != network.names[liar]
        else { return nil }
        return sites[liar].envelope.authenticate(
            answer(
                dice.chance(500), from: network.names[liar], to: network.names[victim],
                StepID(saga: saga, number: step.number)))
    }

    /// A peer asks for a step that is to be held for days.
    private func farAhead(to victim: Int, by liar: Int) -> Record? {
        guard let content = content(from: liar, to: victim) else { return nil }
        return sites[liar].envelope.authenticate(
            Message(
                .reserve, from: network.names[liar], to: network.names[victim],
                step: StepID(saga: saga(with: content), number: 1), content: content.bytes,
                deadline: deadline(at: liar, within: .seconds(3 * 86_400))))
    }

    /// A peer asks for a step in the place of the one whose turn it is to ask: in that one's saga,
    /// or under an unknown UUID, where no question came before it.
    private func intruding(to victim: Int, by liar: Int) -> Record? {
        let others = sites.indices.filter { $0 != liar }.compactMap { other in
            step(of: other) { $0.state == .reserved && $0.next == network.names[victim] }
        }
        guard let (saga, record, step) = others.first, let open = record.open else { return nil }
        let id = StepID(
            saga: dice.chance(500)
                ? saga : SagaID(dice.commandID(), contentHash: saga.contentHash),
            number: step.number + 1)
        return sites[liar].envelope.authenticate(
            Message(
                dice.chance(500) ? .reserve : .abandon, from: network.names[liar],
                to: network.names[victim], step: id, content: open.bytes,
                deadline: open.deadline))
    }

    /// The right neighbour contradicts what was decided, or answers about another content.
    private func contradiction(to victim: Int) -> Record? {
        guard let (saga, _, step) = step(of: victim, where: { $0.state.isTerminal }),
            let next = step.next, let site = network.index(of: next)
        else { return nil }
        let other = SagaID(saga.command, contentHash: dice.hash())
        let id = StepID(saga: dice.chance(300) ? other : saga, number: step.number)
        return sites[site].envelope.authenticate(
            answer(step.state != .confirmed, from: next, to: network.names[victim], id))
    }

    /// Under the UUID of zeros, which no saga may have.
    private func nameless(to victim: Int, by liar: Int) -> Record? {
        guard let content = content(from: liar, to: victim) else { return nil }
        return sites[liar].envelope.authenticate(
            Message(
                .abandon, from: network.names[liar], to: network.names[victim],
                step: StepID(
                    saga: SagaID(CommandID(high: 0, low: 0), contentHash: content.hash),
                    number: 1),
                content: content.bytes, deadline: deadline(at: liar)))
    }

    /// A header of the peer's log that the peer has not signed.
    private func forgedWitness(to victim: Int, by liar: Int) -> Record? {
        guard let commit = sites[liar].disk.log.newestCommit else { return nil }
        var signature = commit.signature
        signature[0] ^= 1
        return sites[liar].envelope.authenticate(
            Witness(
                from: network.names[liar], to: network.names[victim],
                newest: SignedHeader(bytes: commit.headerBytes, signature: signature), echo: nil))
    }

    /// Something that was said before, from any time and to anybody.
    private func repeated(to victim: Int) -> Record? {
        let receiver = dice.pick(network.names)
        let sender = dice.pick(network.peers(of: receiver))
        let topic = Topic.transfers(from: sender, to: receiver).name
        guard let held = try? broker.storage.offsets(of: topic), !held.isEmpty else { return nil }
        let offset = dice.number(held.lowerBound...(held.upperBound - 1))
        return try? broker.storage.records(in: topic, from: offset, recordsMax: 1).first?.record
    }

    /// From a newer version: it has to be refused and answered, not ignored. Or from one whose
    /// steps are unknown here.
    private func notUnderstood(to victim: Int, by liar: Int) -> Record? {
        guard let content = content(from: liar, to: victim) else { return nil }
        let bytes = content.bytes + [0x78, 0x01]
        let saga = SagaID(dice.commandID(), contentHash: .sha256(of: bytes))
        return sites[liar].envelope.authenticate(
            Message(
                dice.chance(500) ? .reserve : .abandon, from: network.names[liar],
                to: network.names[victim], step: StepID(saga: saga, number: 1), content: bytes,
                deadline: deadline(at: liar)))
    }

    private func answer(
        _ isYes: Bool, from sender: NodeName, to receiver: NodeName, _ step: StepID
    ) -> Message {
        Message(
            isYes ? .confirm : .cancel, from: sender, to: receiver, step: step,
            refusal: isYes ? nil : .unspecified)
    }

    private func saga(with content: Content<P.Action>) -> SagaID {
        SagaID(dice.commandID(), contentHash: content.hash)
    }

    private func deadline(at liar: Int, within time: Duration = .seconds(30)) -> Timestamp {
        sites[liar].clock(at: timeline.now) + time
    }

    /// A saga that goes from the liar straight to the victim.
    private func content(from liar: Int, to victim: Int) -> Content<P.Action>? {
        for _ in 0..<8 {
            let plan = scenario.nextSaga(at: network.names[liar], in: network, &dice)
            guard plan.itinerary.node(at: 1) == network.names[victim] else { continue }
            return .encode(plan.itinerary, reference: "", for: P.self)
        }
        return nil
    }

    /// One of a node's steps as its durable log has it, any of those that fit.
    private func step(
        of node: Int, where fits: (StepRecord) -> Bool
    ) -> (SagaID, SagaRecord, StepRecord)? {
        var found: [(SagaID, SagaRecord, StepRecord)] = []
        for (saga, record) in truth.states[node].sagas {
            for step in record.steps where fits(step) { found.append((saga, record, step)) }
        }
        found.sort { ($0.0, $0.2.number) < ($1.0, $1.2.number) }
        return found.isEmpty ? nil : dice.pick(found)
    }
}

extension StepRecord {
    fileprivate var isDecidingForAnother: Bool { state == .deciding && next != nil }
}
