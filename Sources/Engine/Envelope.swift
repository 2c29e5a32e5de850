import EventLog
public import MessageBus
public import Saga
public import Wire

/// Seals what a node says to its peers, and tells what it can believe of what they say.
///
/// The headers follow the CloudEvents Kafka binding (binary mode) and W3C Trace Context, for people
/// and tools; the node trusts only the value and its authentication code.
public struct Envelope: Sendable {
    private static let codeHeader = "giro-mac"

    private let node: NodeName
    private let secrets: [NodeName: PeerSecret]

    /// - Parameter secrets: One for each peer, known to the two nodes alone.
    public init(node: NodeName, secrets: [NodeName: PeerSecret]) {
        self.node = node
        self.secrets = secrets
    }

    /// The record for `message`; `nil` if its receiver is no peer (any more).
    public func seal(_ message: Message) -> Record? {
        guard let secret = secrets[message.receiver] else { return nil }
        let value = message.encoded()
        return Record(
            key: message.step.saga.bytes,
            headers: [
                .init("ce_specversion", "1.0"),
                .init("ce_id", "\(message.step)/\(message.kind)"),
                .init("ce_source", node.text),
                .init("ce_type", "giro.transfers.v1.Message.\(message.kind)"),
                .init("content-type", "application/protobuf"),
                .init("traceparent", message.step.traceParent),
                .init(name: Self.codeHeader, value: secret.authenticationCode(for: value)),
            ],
            value: value)
    }

    /// What a record of the inbox says, and whether it can be believed.
    public func open<P: WireParticipant>(
        _ delivered: DeliveredRecord, for: P.Type
    ) -> Delivery<P> {
        Delivery(
            offset: delivered.offset, recordHash: Self.hash(of: delivered.record),
            value: delivered.record.value, reading: read(delivered.record))
    }

    /// What tells one record from another at the same offset.
    public static func hash(of record: Record) -> Hash {
        .sha256(of: record.key + record.value + (record.header(codeHeader) ?? []))
    }

    private func read<P: WireParticipant>(_ record: Record) -> Delivery<P>.Reading {
        let message: Message
        do throws(WireError) {
            message = try Message(wire: record.value)
        } catch {
            return .unbelievable(.unreadable)
        }
        guard message.receiver == node, let secret = secrets[message.sender] else {
            return .unbelievable(.stranger)
        }
        guard let code = record.header(Self.codeHeader), secret.isValid(code, for: record.value)
        else { return .unbelievable(.unauthenticated) }
        guard message.kind.travelsForward else { return .authentic(message, nil) }
        let content = Content<P.Action>.decode(message.content, for: P.self)
        guard content.hash == message.contentHash else { return .unbelievable(.hashMismatch) }
        return .authentic(message, content)
    }
}

extension StepID {
    /// W3C Trace Context: the saga's UUID is the trace, each step a span of it.
    var traceParent: String {
        let span = saga.bytes.suffix(7) + [UInt8(number) + 1]
        return "00-\(Hexadecimal.text(of: saga.bytes))-\(Hexadecimal.text(of: span))-01"
    }
}

extension Record.Header {
    init(_ name: String, _ text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}
