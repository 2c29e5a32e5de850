import Engine
import EventLog
import Ledger
import Saga
import Wire

/// An engine, and what a planted bug of it would do to inputs and outputs. Without a mutation it
/// is the engine and nothing else.
struct Mind {
    private var engine: Engine<Bank>
    private let mutation: Mutation?

    init(_ engine: Engine<Bank>, mutation: Mutation?) {
        self.engine = engine
        self.mutation = mutation
    }

    var state: State<Bank> { _read { yield engine.state } }
    var nextDue: Timestamp? { engine.nextDue }

    /// - Returns: The batch, and what leaves with it.
    mutating func step(
        _ inputs: [Input<Bank>], now: Timestamp
    ) -> (batch: Batch<Bank.Fact>, outputs: [Output]) {
        guard let mutation else {
            let batch = engine.step(inputs, now: now)
            return (batch, batch.outputs)
        }
        var forged: [Output] = []
        let bent = inputs.compactMap { bend($0, mutation, &forged) }
        let batch = engine.step(bent, now: now)
        return (batch, batch.outputs.compactMap { bend($0, mutation) } + forged)
    }

    private func bend(_ output: Output, _ mutation: Mutation) -> Output? {
        switch (mutation, output) {
        case (.neverAsksAgain, .send(let message)) where message.kind.travelsForward: nil
        case (.duplicateToldAsNew, .reply(let ticket, .verdict(.duplicate(.applied)))):
            .reply(ticket, .verdict(.applied))
        default: output
        }
    }

    private func bend(
        _ input: Input<Bank>, _ mutation: Mutation, _ forged: inout [Output]
    ) -> Input<Bank>? {
        switch (mutation, input) {
        case (.fingerprintNotCompared, .begin(let begin, let ticket)):
            guard let known = engine.state.sagas[begin.id]?.fingerprint else { return input }
            return .begin(
                Begin(id: begin.id, fingerprint: known, content: begin.content), ticket)
        case (.exposureIgnored, .operate(let operate, let ticket)):
            guard case .first(.limitExposure(let peer, let limit, let currency)) =
                operate.operation
            else { return input }
            return .operate(
                Operate(
                    id: operate.id, fingerprint: operate.fingerprint,
                    operation: .first(
                        .limitExposure(of: peer, minorUnits: limit * 100, currency))), ticket)
        case (_, .deliver(let delivery)):
            guard case .authentic(let message, let content) = delivery.reading else {
                return input
            }
            if mutation == .tombstoneForgotten, message.kind == .abandon,
                engine.state.sagas[message.step.saga] == nil
            {
                forged.append(.send(message.answered(.cancel)))
                return nil
            }
            return .deliver(delivery.reading(as: bend(message, content, mutation)))
        default:
            return input
        }
    }

    private func bend(
        _ message: Message, _ content: Content<Bank.Action>?, _ mutation: Mutation
    ) -> (Message, Content<Bank.Action>?) {
        guard let record = engine.state.sagas[message.step.saga] else { return (message, content) }
        switch mutation {
        case .contentNotCompared:
            return message.renamed(to: record.contentHash, content)
        case .onlyReserveCompared where message.kind != .reserve:
            return message.renamed(to: record.contentHash, content)
        case .placeNotChecked where !message.kind.travelsForward:
            let next = record.step(message.step.number)?.next
            return (message.from(next ?? message.sender), content)
        default:
            return (message, content)
        }
    }
}

extension Message {
    /// What the owner of the step says to who asked.
    func answered(_ kind: Kind) -> Message {
        Message(
            kind, from: receiver, to: sender, step: step.previous, contentHash: contentHash,
            refusal: kind == .cancel ? .abandoned : nil)
    }

    fileprivate func from(_ sender: NodeName) -> Message {
        Message(
            kind, from: sender, to: receiver, step: step, contentHash: contentHash,
            content: content, refusal: refusal)
    }

    /// The same under another content's hash.
    fileprivate func renamed(
        to hash: Hash?, _ content: Content<Bank.Action>?
    ) -> (Message, Content<Bank.Action>?) {
        guard let hash else { return (self, content) }
        let message = Message(
            kind, from: sender, to: receiver, step: step, contentHash: hash,
            content: self.content, refusal: refusal)
        return (
            message, content.map { Content(bytes: $0.bytes, hash: hash, reading: $0.reading) }
        )
    }
}

extension Delivery {
    fileprivate func reading(as pair: (Message, Content<P.Action>?)) -> Delivery {
        Delivery(
            offset: offset, recordHash: recordHash, value: value,
            reading: .authentic(pair.0, pair.1))
    }
}
