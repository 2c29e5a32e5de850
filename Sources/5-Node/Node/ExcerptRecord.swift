import Chain
import Links
import MessageBus
import Saga
import Wire

extension Record {
    /// An excerpt as a record on `transfers.<from>.<to>`.
    ///
    /// The headers follow the CloudEvents Kafka binding (binary mode) and W3C Trace Context, for
    /// people and tools; a peer trusts only the value, by what it proves.
    ///
    /// - Parameter value: The encoded `excerpt`.
    init(of excerpt: Excerpt, value: [UInt8]) {
        let node = excerpt.newest.header.node
        let first = excerpt.commits.first?.entries.first
        let trace = first?.step.map { [Header("traceparent", $0.traceParent)] } ?? []
        self.init(
            key: first?.saga?.bytes ?? Array(node.text.utf8),
            headers: [
                Header("ce_specversion", "1.0"),
                Header("ce_id", "\(excerpt.newest.hash)/\(excerpt.numbers.first ?? 0)"),
                Header("ce_source", node.text),
                Header("ce_type", "giro.links.v1.Excerpt"),
                Header("content-type", "application/protobuf"),
            ] + trace,
            value: value)
    }
}

extension ShownEntry {
    /// The step that the entry is about, if any.
    fileprivate var step: StepID? {
        guard case .step(let bytes) = says.what, let saga else { return nil }
        let step = try? PeerStep(
            bytes, saga: saga, contentHash: says.contentHash, content: content)
        return step?.step
    }
}

extension StepID {
    /// W3C Trace Context: the saga's UUID is the trace, each step a span of it.
    fileprivate var traceParent: String {
        let span = saga.command.bytes.suffix(7) + [UInt8(number) + 1]
        return "00-\(Hexadecimal.text(of: saga.command.bytes))-\(Hexadecimal.text(of: span))-01"
    }
}
