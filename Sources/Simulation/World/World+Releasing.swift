import Engine
import EventLog
import Saga
import Wire

// What leaves a node once it is durable; and what bugs let out before.
extension World {
    func release(
        _ pending: Pending, _ node: SimulatedNode, _ session: Session
    ) throws(Violation) {
        if let outgoing = pending.outgoing, mutation != .relayBeforeDurable {
            session.relay.commits.append(outgoing)
        }
        for output in pending.outputs {
            try release(output, restingOn: pending.restsOn, node, session)
        }
        relaySoon(node, session)
    }

    private func release(
        _ output: Output, restingOn position: Position, _ node: SimulatedNode, _ session: Session
    ) throws(Violation) {
        switch output {
        case .reply(let ticket, let reply): try hear(reply, ticket, from: node)
        case .send(let message):
            session.relay.letters.append(.init(message: message, restsOn: position))
            if mutation == .abandonReleases, message.kind == .abandon { forgeCancel(message) }
        case .ask(let step, let stop): askForConsent(step, node, stop: stop)
        }
    }

    /// The planted bugs that let something out when it is computed.
    func releaseEarly(
        _ pending: inout Pending, _ node: SimulatedNode, _ session: Session
    ) throws(Violation) {
        if mutation == .relayBeforeDurable, let outgoing = pending.outgoing {
            session.relay.commits.append(outgoing)
            relaySoon(node, session)
        }
        var held: [Output] = []
        for output in pending.outputs {
            let isEarly =
                switch (mutation, output) {
                case (.replyBeforeDurable, .reply), (.answerBeforeDurable, .send): true
                case (.emptyBatchNotHeldBack, _): pending.outgoing == nil
                default: false
                }
            if isEarly {
                try release(output, restingOn: pending.restsOn, node, session)
                relaySoon(node, session)
            } else {
                held.append(output)
            }
        }
        pending.outputs = held
    }

    /// What who asks for an end would like to hear, as if the asked one had said it.
    private func forgeCancel(_ abandon: Message) {
        guard let receiver = truth.index(of: abandon.receiver),
            let sender = truth.index(of: abandon.sender),
            let record = nodes[receiver].envelope.seal(abandon.answered(.cancel))
        else { return }
        arrive(record, at: sender)
    }
}

extension Snapshot {
    /// A state under the label of the commit before it.
    static func tooFar(_ state: [UInt8], labelled head: Head, key: SigningKey) -> Snapshot? {
        guard var wire = try? Giro_Snapshot_V1_State(wire: state) else { return nil }
        wire.position = head.position.number
        return .seal(
            position: head.position, commitHash: head.commitHash, state: wire.wireBytes(),
            key: key)
    }
}
