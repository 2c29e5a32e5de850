public import Saga
public import Wire

/// One entry of a node's log as `journal.<node>` carries it; a commit's last one brings the
/// header that covers them all.
public struct JournalRecord: Hashable, Sendable {
    /// 1, 2, 3 … without gaps.
    public let position: UInt64
    /// `nil` for the node's own housekeeping.
    public let saga: SagaID?
    /// As the log holds it.
    public let entry: [UInt8]
    /// The commit's header as it was signed; empty but on a commit's last record.
    public let header: [UInt8]
    /// Ed25519 (RFC 8032) over `header`; empty where that is.
    public let signature: [UInt8]
    /// The commit's: what a higher one says of a position replaces what a lower one said.
    public let timeline: UInt64

    /// Takes the parts as they are: nothing is checked.
    public init(
        position: UInt64, saga: SagaID?, entry: [UInt8], header: [UInt8] = [],
        signature: [UInt8] = [], timeline: UInt64 = 0
    ) {
        self.position = position
        self.saga = saga
        self.entry = entry
        self.header = header
        self.signature = signature
        self.timeline = timeline
    }

    /// The value of a record on `journal.<node>`.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: entry.count + header.count + signature.count + 64)
        writer.write(position, 1)
        writer.write(saga?.bytes ?? [], 2)
        writer.write(entry, 3)
        writer.write(header, 4)
        writer.write(signature, 5)
        writer.write(timeline, 6)
        return writer.bytes
    }

    /// - Throws: It is no record of a journal this version can read. The signature is not checked.
    public init(wire bytes: [UInt8]) throws(WireError) {
        var reader = MessageReader(bytes, "giro.journal.v1.Record")
        let position = try reader.unsigned(1)
        guard position > 0 else { throw WireError("a journal record has no position") }
        let saga = try reader.bytes(2)
        let (entry, header) = (try reader.bytes(3), try reader.bytes(4))
        let (signature, timeline) = (try reader.bytes(5), try reader.unsigned(6))
        try reader.end()
        // Any client that can write to the topic can write numbers that no log reaches: no reader
        // may count on from there.
        guard max(position, timeline) <= UInt64(Int64.max) else {
            throw WireError("a journal record has a place that no log reaches")
        }
        guard header.isEmpty == signature.isEmpty else {
            throw WireError("a journal record has a header or a signature, but not both")
        }
        self.init(
            position: position,
            saga: saga.isEmpty ? nil : try SagaID(wire: saga, "a record's saga"),
            entry: entry, header: header, signature: signature, timeline: timeline)
    }
}
