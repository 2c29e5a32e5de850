public import Saga

/// The bytes of an entry: what its addressee is shown, what only the node and its auditors see, and
/// the content beside the two.
public struct EntryParts: Hashable, Sendable {
    /// A `Shown` (links.proto); empty where no peer and no auditor of a peer is ever shown it.
    public var shown: [UInt8]
    /// A `Kept` (journal.proto).
    public var kept: [UInt8]
    /// What the entry is about, with the first entry of a step; bound by its hash in ``shown``, so
    /// that the entry can be proved without it.
    public var content: [UInt8]

    /// Takes the parts as they are: nothing is checked.
    public init(shown: [UInt8] = [], kept: [UInt8], content: [UInt8] = []) {
        self.shown = shown
        self.kept = kept
        self.content = content
    }

    /// Of all parts.
    public var byteCount: Int { shown.count + kept.count + content.count }
}

/// The fields of a `Shown` (links.proto) that the log itself has to know.
public struct ShownFrame: Hashable, Sendable {
    /// `nil` for an entry that no peer is shown.
    public let addressee: Addressee?
    /// A `StepShown`; `nil` for an entry that is about no step.
    public let step: [UInt8]?
    /// SHA-256 of the content beside the entry; `nil` where there is none.
    public let contentHash: Hash?

    init(to addressee: Addressee?, step: [UInt8]?, contentHash: Hash?) {
        self.addressee = addressee
        self.step = step
        self.contentHash = contentHash
    }

    /// Reads the part of an entry of the own log.
    ///
    /// - Throws: It is no part that this version would have written.
    public init(_ shown: [UInt8]) throws(WireError) {
        guard !shown.isEmpty else {
            self.init(to: nil, step: nil, contentHash: nil)
            return
        }
        var reader = MessageReader(shown, "giro.links.v1.Shown")
        let peer = try NodeName.ifAny(wire: reader.string(1), "an entry's addressee")
        let number = try reader.unsigned(2)
        guard (peer == nil) == (number == 0), number <= UInt64(Int64.max) else {
            throw WireError("an entry has an addressee and no number, or a number and no addressee")
        }
        let step = try reader.bytesElement(3)
        let hash = try reader.bytes(8)
        try reader.end()
        self.init(
            to: peer.map { Addressee($0, number: number) }, step: step,
            contentHash: hash.isEmpty ? nil : try Hash(wire: hash, "an entry's content hash"))
    }

    func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 160)
        writer.write(addressee?.peer.text ?? "", 1)
        writer.write(addressee?.number ?? 0, 2)
        if let step { writer.write(element: step, 3) }
        writer.write(contentHash?.bytes ?? [], 8)
        return writer.bytes
    }
}
