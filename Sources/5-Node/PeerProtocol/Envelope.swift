public import Chain
public import Engine
public import MessageBus
public import Saga
public import Wire

/// Authenticates a node's messages to its peers, and verifies the messages that they send.
///
/// The headers follow the CloudEvents Kafka binding (binary mode) and W3C Trace Context, for people
/// and tools; the node trusts only the value and its authentication code.
public struct Envelope: Sendable {
    private static let codeHeader = "giro-mac"
    private static let codeKeyHeader = "giro-mac-key"

    private let node: NodeName
    private let secrets: [NodeName: PeerSecret]
    private let keys: [NodeName: KeyRing]

    /// - Parameters:
    ///   - node: The sender of what is authenticated, and the receiver of what is verified.
    ///   - secrets: One for each peer, known to the two nodes alone; during a rotation, with the
    ///     other secret that is accepted.
    ///   - keys: What the peers sign their logs with, or soon will. Of a peer that is missing here,
    ///     headers are not witnessed.
    public init(
        node: NodeName, secrets: [NodeName: PeerSecret], keys: [NodeName: KeyRing] = [:]
    ) {
        self.node = node
        self.secrets = secrets
        self.keys = keys
    }

    /// The record for `message`; `nil` if its receiver is no peer (any more).
    public func authenticate(_ message: Message) -> Record? {
        authenticate(
            message.encoded(), for: message.receiver, key: message.step.saga.command.bytes,
            id: "\(message.step)/\(message.kind)", kind: "\(message.kind)",
            traceParent: message.step.traceParent)
    }

    /// The record for `witness`; `nil` if its receiver is no peer (any more).
    public func authenticate(_ witness: Witness) -> Record? {
        let hash = Hash.sha256(of: witness.newest.bytes)
        return authenticate(
            witness.encoded(), for: witness.receiver, key: Array(node.text.utf8), id: "\(hash)",
            kind: "witness", traceParent: nil)
    }

    private func authenticate(
        _ value: [UInt8], for receiver: NodeName, key: [UInt8], id: String, kind: String,
        traceParent: String?
    ) -> Record? {
        guard let secret = secrets[receiver] else { return nil }
        let trace = traceParent.map { [Record.Header("traceparent", $0)] } ?? []
        return Record(
            key: key,
            headers: [
                .init("ce_specversion", "1.0"),
                .init("ce_id", id),
                .init("ce_source", node.text),
                .init("ce_type", "giro.transfers.v1.Message.\(kind)"),
                .init("content-type", "application/protobuf"),
            ] + trace + [
                .init(Self.codeKeyHeader, secret.id),
                .init(name: Self.codeHeader, value: secret.authenticationCode(for: value)),
            ],
            value: value)
    }

    /// The content of a record on a peer's topic to this node, or why it is not accepted. What
    /// another than that peer says there does not count.
    public func verify<P: WireParticipant>(
        _ delivered: DeliveredRecord, from peer: NodeName, for: P.Type
    ) -> Delivery<P> {
        Delivery(
            from: peer, offset: delivered.offset, recordHash: Self.hash(of: delivered.record),
            value: delivered.record.value, reading: read(delivered.record, from: peer))
    }

    /// What tells one record from another at the same offset.
    public static func hash(of record: Record) -> Hash {
        .sha256(of: record.key + record.value + (record.header(codeHeader) ?? []))
    }

    private func read<P: WireParticipant>(
        _ record: Record, from peer: NodeName
    ) -> Delivery<P>.Reading {
        let message: PeerMessage
        do throws(WireError) {
            message = try PeerMessage(wire: record.value)
        } catch {
            return .rejected(.unreadable, nil)
        }
        guard message.receiver == node, message.sender == peer, let secret = secrets[peer] else {
            return .rejected(.unknownSender, nil)
        }
        guard let code = record.header(Self.codeHeader), secret.isValid(code, for: record.value)
        else { return .rejected(.unauthenticated, nil) }
        switch message {
        case .step(let message): return read(message)
        case .witness(let witness): return read(witness)
        }
    }

    private func read<P: WireParticipant>(_ message: Message) -> Delivery<P>.Reading {
        guard message.kind.travelsForward else { return .authentic(message, nil) }
        let content = Content<P.Action>.decode(message.content, for: P.self)
        guard content.hash == message.step.saga.contentHash else {
            return .rejected(.hashMismatch, message.sender)
        }
        return .authentic(message, content)
    }

    private func read<P: WireParticipant>(_ witness: Witness) -> Delivery<P>.Reading {
        guard let keys = keys[witness.sender] else { return .irrelevant }
        guard let newest = try? WitnessedHeader(witness.newest),
            newest.isOf(witness.sender, signedBy: keys)
        else { return .rejected(.unauthenticated, witness.sender) }
        return .witness(witness.sender, newest)
    }

    /// When this node signed the header that a witness echoes; `nil` for one that echoes none, and
    /// for any other record. Only the sender's word: nothing is checked here.
    public static func echoedTime(in value: [UInt8]) -> Timestamp? {
        guard case .witness(let witness)? = try? PeerMessage(wire: value), let echo = witness.echo
        else { return nil }
        return try? CommitHeader(decoding: echo.bytes).time
    }

    /// The newest header of this node's own log that a peer says on its topic that it holds; `nil`
    /// for a record that says nothing of the kind, or that the peer's secret does not vouch for.
    ///
    /// Its signature, this node's own, is not checked: that takes far longer, and is needed for the
    /// newest only.
    public func echo(in record: Record, from peer: NodeName) -> WitnessedHeader? {
        guard case .witness(let witness)? = try? PeerMessage(wire: record.value),
            witness.receiver == node, witness.sender == peer, let echo = witness.echo,
            let secret = secrets[peer],
            let code = record.header(Self.codeHeader), secret.isValid(code, for: record.value)
        else { return nil }
        return try? WitnessedHeader(echo)
    }
}

extension StepID {
    /// W3C Trace Context: the saga's UUID is the trace, each step a span of it.
    var traceParent: String {
        let span = saga.command.bytes.suffix(7) + [UInt8(number) + 1]
        return "00-\(Hexadecimal.text(of: saga.command.bytes))-\(Hexadecimal.text(of: span))-01"
    }
}
