import Chain
import Engine
import PeerProtocol
import Saga
import Wire

extension Target {
    /// A record on a peer's topic: what a stranger puts there moves nothing, and what the peer
    /// sends, whatever it is, keeps the rules.
    static let peerRecord = Target("peer-record", .wire, rounds: 3_000) { bytes in
        guard let message = try? PeerMessage(wire: bytes) else {
            var bench = Bench.standing
            try bench.deliver(bytes, from: Bench.peers[0])
            try bench.check()
            return false
        }
        try message.checkForm()
        try checkTampering(bytes, of: message)
        guard Bench.peers.contains(message.sender) else { return false }
        var wasBelieved = false
        for variant in [bytes] + message.resignedVariants {
            var bench = Bench.standing
            let delivery = bench.open(variant, from: message.sender)
            if try delivery.checkReading() { wasBelieved = true }
            try bench.take(.deliver(delivery))
            try bench.check()
        }
        return wasBelieved
    }

    /// A record with the authentication code of another record is never accepted.
    private static func checkTampering(_ bytes: [UInt8], of message: PeerMessage) throws {
        guard let original = Bench.arrivals.first, original.encoded() != bytes else { return }
        for sender in Bench.peers {
            let code = Bench.secret(with: sender).authenticationCode(for: original.encoded())
            try checkRejected(
                bytes, on: sender, code, "a record with another sender's code was accepted")
        }
        // Nor is one with the right code, on the topic of a peer that is not its sender.
        guard Bench.peers.contains(message.sender) else { return }
        let code = Bench.secret(with: message.sender).authenticationCode(for: bytes)
        for topic in Bench.peers where topic != message.sender {
            try checkRejected(bytes, on: topic, code, "a record was accepted on another's topic")
        }
    }

    private static func checkRejected(
        _ bytes: [UInt8], on topic: NodeName, _ code: [UInt8], _ violation: String
    ) throws {
        var bench = Bench.standing
        let delivery = bench.open(bytes, from: topic, code: code)
        guard case .rejected = delivery.reading else { throw Violation(violation) }
        try bench.take(.deliver(delivery))
        try bench.check()
        try hold(
            "what was rejected moved something",
            bench.engine.state.participant == Bench.standing.engine.state.participant)
    }
}

extension PeerMessage {
    /// What is read is what is written, and within its bounds.
    fileprivate func checkForm() throws {
        switch self {
        case .step(let message):
            let again = try Message(wire: message.encoded())
            try hold("\(message) came back as \(again)", again == message)
            try hold(
                "a cancel says why, the others do not",
                (message.kind == .cancel) == (message.refusal != nil))
            try hold(
                "content travels forward",
                message.kind.travelsForward != message.content.isEmpty)
            try hold(
                "a deadline travels forward",
                message.kind.travelsForward == (message.deadline != nil))
            try hold("a content is too long", message.content.count <= Message.contentBytesMax)
            try hold("a step is beyond all itineraries", (0..<16).contains(message.step.number))
            try hold("a saga has no UUID", message.step.saga.command.bytes.contains { $0 != 0 })
        case .witness(let witness):
            let again = try PeerMessage(wire: witness.encoded())
            try hold("\(witness) came back as \(again)", again == self)
        }
    }

    /// The same as a peer would send it who means it: hashes and signatures made to fit.
    fileprivate var resignedVariants: [[UInt8]] {
        switch self {
        case .step(let message):
            guard message.kind.travelsForward else { return [] }
            let saga = SagaID(
                message.step.saga.command, contentHash: .sha256(of: message.content))
            return [
                Message(
                    message.kind, from: sender, to: receiver,
                    step: StepID(saga: saga, number: message.step.number),
                    content: message.content, deadline: message.deadline
                ).encoded()
            ]
        case .witness(let witness):
            let newest = SignedHeader(
                bytes: witness.newest.bytes,
                signature: Bench.key(of: sender).signature(for: witness.newest.bytes))
            return [
                Witness(from: sender, to: receiver, newest: newest, echo: witness.echo).encoded()
            ]
        }
    }
}

extension Delivery<Party> {
    /// - Returns: Whether it is accepted.
    fileprivate func checkReading() throws -> Bool {
        switch reading {
        case .authentic(let message, let content):
            try hold("it was for somebody else", message.receiver == Bench.node)
            guard let content else { return true }
            try hold(
                "the content is not the one of its hash",
                content.hash == message.step.saga.contentHash)
            guard case .understood(let itinerary) = content.reading,
                itinerary.steps.allSatisfy({ $0.foreignActions == 0 })
            else { return true }
            let again = Content.encode(
                itinerary, reference: content.reference ?? "", for: Party.self)
            try hold("a content came back as another", again.reading == content.reading)
            return true
        case .witness(let peer, let header):
            try hold("a header is another's", header.header.node == peer)
            return true
        case .irrelevant: return true
        case .rejected: return false
        }
    }
}
