import Engine
import EventLog
import Ledger
import MessageBus
import Saga
import Wire

// What befalls the network from outside, second by second.
extension World {
    func strike() throws(Violation) {
        if dice.chance(faults.wipe) { try wipe() }
        if dice.chance(faults.clockSet) { setClock() }
        if dice.chance(faults.lie) { lie() }
    }

    private func wipe() throws(Violation) {
        counts.wipes += 1
        bus.wipe()
        try observe(.wiped)
        for node in nodes {
            guard let session = node.session else { continue }
            readSoon(node, session)
            relaySoon(node, session)
        }
    }

    private func setClock() {
        counts.clocksSet += 1
        let node = nodes[dice.index(below: nodes.count)]
        let change = dice.chance(300) ? -dice.number(0...5_000) : dice.number(0...20_000)
        // Within what peers tolerate of each other.
        node.clockOffset = min(max(node.clockOffset + change, -10_000), 90_000)
        if let session = node.session { decideSoon(node, session) }
    }

    // MARK: Lies

    /// A record that must do no harm: garbage, forged, misplaced, or denying what is decided.
    private func lie() {
        counts.lies += 1
        let undecided = nodes.indices.filter { step(of: $0, where: \.isDecidingForAnother) != nil }
        let isAnybody = undecided.isEmpty || dice.chance(500)
        let victim = dice.pick(isAnybody ? Array(nodes.indices) : undecided)
        let peers = nodes[victim].configuration.peers
        let liar = dice.pick(nodes.indices.filter { peers.contains(nodes[$0].name) })
        guard let record = lie(to: victim, by: liar) else { return }
        arrive(record, at: victim)
    }

    private func lie(to victim: Int, by liar: Int) -> Record? {
        switch dice.index(below: 9) {
        case 0: garbage()
        case 1: forged(to: victim, by: liar)
        case 2: stranger(to: victim, by: liar)
        case 3: mishashed(to: victim, by: liar)
        case 4: unasked(to: victim, by: liar)
        case 5: misplaced(to: victim, by: liar)
        case 6: denial(to: victim)
        case 7: nameless(to: victim, by: liar)
        default: notUnderstood(to: victim, by: liar)
        }
    }

    private func garbage() -> Record {
        Record(key: [], headers: [], value: dice.hash().bytes)
    }

    /// Says what would do most harm, if only its code were right.
    private func forged(to victim: Int, by liar: Int) -> Record? {
        guard let (step, record) = step(of: victim, where: { $0.state == .reserved }),
            let next = step.next, let hash = record.1.contentHash
        else { return nil }
        let message = Message(
            dice.chance(500) ? .confirm : .cancel, from: next, to: nodes[victim].name,
            step: StepID(saga: record.0, number: step.number), contentHash: hash,
            refusal: .unspecified)
        guard let wrong = PeerSecret(bytes: Array(repeating: 255, count: 32)) else { return nil }
        return Envelope(node: next, secrets: [nodes[victim].name: wrong]).seal(message)
    }

    /// From somebody nobody knows.
    private func stranger(to victim: Int, by liar: Int) -> Record? {
        guard let name = NodeName("bank-x") else { return nil }
        let receiver = nodes[victim].name
        let message = Message(
            .confirm, from: name, to: receiver,
            step: StepID(saga: dice.sagaID(), number: 0), contentHash: dice.hash())
        return Envelope(node: name, secrets: [receiver: Self.secret(liar, victim)]).seal(message)
    }

    private func mishashed(to victim: Int, by liar: Int) -> Record? {
        let content = content(from: liar, to: victim)
        return nodes[liar].envelope.seal(
            Message(
                .reserve, from: nodes[liar].name, to: nodes[victim].name,
                step: StepID(saga: dice.sagaID(), number: 1), contentHash: dice.hash(),
                content: content.bytes))
    }

    /// An answer to a question that was never asked: about a saga nobody knows, or about a step
    /// that is still being decided, where the answer will be no.
    private func unasked(to victim: Int, by liar: Int) -> Record? {
        let kind: Message.Kind = dice.chance(500) ? .confirm : .cancel
        if let (step, record) = step(of: victim, where: \.isDecidingForAnother),
            let next = step.next.flatMap(truth.index(of:)), let hash = record.1.contentHash,
            isDeclined(StepID(saga: record.0, number: step.number))
        {
            return nodes[next].envelope.seal(
                Message(
                    kind, from: nodes[next].name, to: nodes[victim].name,
                    step: StepID(saga: record.0, number: step.number), contentHash: hash,
                    refusal: kind == .cancel ? .unspecified : nil))
        }
        return nodes[liar].envelope.seal(
            Message(
                kind, from: nodes[liar].name, to: nodes[victim].name,
                step: StepID(saga: dice.sagaID(), number: 0), contentHash: dice.hash(),
                refusal: kind == .cancel ? .unspecified : nil))
    }

    /// A peer answers for another one.
    private func misplaced(to victim: Int, by liar: Int) -> Record? {
        let name = nodes[liar].name
        guard let (step, record) = step(of: victim, where: { $0.state == .reserved }),
            step.next != name, let hash = record.1.contentHash
        else { return nil }
        let kind: Message.Kind = dice.chance(500) ? .confirm : .cancel
        return nodes[liar].envelope.seal(
            Message(
                kind, from: name, to: nodes[victim].name,
                step: StepID(saga: record.0, number: step.number), contentHash: hash,
                refusal: kind == .cancel ? .unspecified : nil))
    }

    /// The right neighbour denies what was decided, or answers about another content.
    private func denial(to victim: Int) -> Record? {
        guard let (step, record) = step(of: victim, where: { $0.state.isTerminal }),
            let next = step.next.flatMap(truth.index(of:)), let hash = record.1.contentHash
        else { return nil }
        let isConfirmed = step.state == .confirmed
        return nodes[next].envelope.seal(
            Message(
                isConfirmed ? .cancel : .confirm, from: nodes[next].name,
                to: nodes[victim].name, step: StepID(saga: record.0, number: step.number),
                contentHash: dice.chance(300) ? dice.hash() : hash,
                refusal: isConfirmed ? .unspecified : nil))
    }

    /// Under the UUID of zeros, which no saga may have.
    private func nameless(to victim: Int, by liar: Int) -> Record? {
        let content = content(from: liar, to: victim)
        return nodes[liar].envelope.seal(
            Message(
                .abandon, from: nodes[liar].name, to: nodes[victim].name,
                step: StepID(saga: SagaID(high: 0, low: 0), number: 1),
                contentHash: content.hash, content: content.bytes))
    }

    /// From a newer version: it has to be refused and answered, not ignored.
    private func notUnderstood(to victim: Int, by liar: Int) -> Record? {
        let bytes = content(from: liar, to: victim).bytes + [0x78, 0x01]
        return nodes[liar].envelope.seal(
            Message(
                dice.chance(500) ? .reserve : .abandon, from: nodes[liar].name,
                to: nodes[victim].name, step: StepID(saga: dice.sagaID(), number: 1),
                contentHash: .sha256(of: bytes), content: bytes))
    }

    private func content(from liar: Int, to victim: Int) -> Content<Bank.Action> {
        let amount = Clients.amount(1_000, in: Clients.currencies[0])
        let names = [nodes[liar].name, nodes[victim].name]
        return .encode(
            Itinerary(steps: [
                .init(
                    node: names[0],
                    actions: [.first(.debit(Clients.account(0, at: names[0]), amount))]),
                .init(
                    node: names[1],
                    actions: [.first(.credit(Clients.account(0, at: names[1]), amount))]),
            ]), deadline: nodes[liar].clock(at: schedule.now) + .seconds(30), reference: "",
            for: Bank.self)
    }

    /// One of a node's steps as its durable log has it, any of those that fit.
    private func step(
        of node: Int, where fits: (StepRecord) -> Bool
    ) -> (StepRecord, (SagaID, SagaRecord))? {
        var found: [(StepRecord, (SagaID, SagaRecord))] = []
        for (saga, record) in truth.states[node].sagas.sorted(by: { $0.key < $1.key }) {
            for step in record.steps where fits(step) { found.append((step, (saga, record))) }
        }
        return found.isEmpty ? nil : dice.pick(found)
    }
}

extension StepRecord {
    fileprivate var isDecidingForAnother: Bool { state == .deciding && next != nil }
}
