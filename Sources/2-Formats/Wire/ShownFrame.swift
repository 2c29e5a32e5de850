public import Saga

/// A `Shown` (links.proto): whom an entry of a log is for, and what it says to that peer.
public struct ShownFrame: Hashable, Sendable {
    /// `nil` for an entry that no peer is shown: of those only entries about steps show something.
    public let addressee: Addressee?
    /// `nil` for an entry that shows nothing.
    public let what: What?
    /// SHA-256 of the content beside the entry; `nil` where there is none.
    public let contentHash: Hash?

    /// What an entry says to its addressee.
    public enum What: Hashable, Sendable {
        /// A `StepShown`.
        case step([UInt8])
        /// How far the addressee's entries were taken.
        case read(Read)
        /// The 32 bytes of the key that signs the commits after this entry's.
        case key([UInt8])
        /// The timeline that begins with this entry's commit.
        case timeline(NewTimeline)
        /// The addressee's new timeline is accepted.
        case accepted(Accepted)
    }

    /// Takes the parts as they are: nothing is checked.
    package init(to addressee: Addressee?, _ what: What?, contentHash: Hash? = nil) {
        self.addressee = addressee
        self.what = what
        self.contentHash = contentHash
    }

    /// The `StepShown` of an entry about a step; `nil` for any other.
    public var step: [UInt8]? {
        if case .step(let bytes)? = what { bytes } else { nil }
    }

    /// Reads the part of an entry of the own log, which is empty where it shows nothing.
    ///
    /// - Throws: It is no part that this version would have written. What it says of a step is not
    ///   looked at.
    public init(_ shown: [UInt8]) throws(WireError) {
        guard !shown.isEmpty else {
            self.init(to: nil, nil)
            return
        }
        var reader = MessageReader(shown, "giro.links.v1.Shown")
        let peer = try NodeName.ifAny(wire: reader.string(1), "an entry's addressee")
        let number = try reader.bounded(2, "an entry's number")
        let (what, contentHash) = try reader.shown()
        let isAddressed: Bool
        switch what {
        case .step: isAddressed = (peer == nil) == (number == 0)
        case .read: isAddressed = peer != nil && number == 0
        case .key, .timeline, .accepted: isAddressed = peer != nil && number > 0
        }
        guard isAddressed else {
            throw WireError("an entry has not the addressee and number that belong to its kind")
        }
        self.init(
            to: peer.map { Addressee($0, number: number == 0 ? nil : number) }, what,
            contentHash: contentHash)
    }

    /// The fields of a `Shown`; empty where the entry shows nothing. Equal values have equal bytes.
    package func encoded() -> [UInt8] {
        guard let what else { return [] }
        var writer = MessageWriter(capacity: 160)
        writer.write(addressee?.peer.text ?? "", 1)
        writer.write(addressee?.number ?? 0, 2)
        switch what {
        case .step(let bytes): writer.write(element: bytes, 3)
        case .read(let read): writer.write(4) { read.write(to: &$0) }
        case .key(let key): writer.write(5) { $0.write(key, 1) }
        case .timeline(let timeline): writer.write(6) { timeline.write(to: &$0) }
        case .accepted(let accepted): writer.write(7) { accepted.write(to: &$0) }
        }
        writer.write(contentHash?.bytes ?? [], 8)
        return writer.bytes
    }
}

extension MessageReader {
    /// What stands behind addressee and number in a `Shown`, to its end.
    package mutating func shown() throws(WireError) -> (
        what: ShownFrame.What, contentHash: Hash?
    ) {
        let what = try shownWhat()
        let hash = try bytes(8)
        try end()
        guard !hash.isEmpty else { return (what, nil) }
        guard case .step = what else {
            throw WireError("an entry names a content and is about no step")
        }
        return (what, try Hash(wire: hash, "an entry's content hash"))
    }

    private mutating func shownWhat() throws(WireError) -> ShownFrame.What {
        if let step = try bytesElement(3) { return .step(step) }
        switch nextField {
        case 4:
            return .read(
                try whole(4, "giro.links.v1.Read") { reader throws(WireError) in
                    try Read(&reader)
                })
        case 5:
            return .key(
                try whole(5, "giro.links.v1.KeyShown") { reader throws(WireError) in
                    try reader.publicKey(1, "a key that is shown")
                })
        case 6:
            return .timeline(
                try whole(6, "giro.links.v1.TimelineShown") { reader throws(WireError) in
                    try NewTimeline(&reader)
                })
        case 7:
            return .accepted(
                try whole(7, "giro.links.v1.Accepted") { reader throws(WireError) in
                    try Accepted(&reader)
                })
        default: throw WireError("an entry shows nothing that this version knows")
        }
    }

    /// The 32 bytes of an Ed25519 public key.
    mutating func publicKey(_ field: Int, _ name: String) throws(WireError) -> [UInt8] {
        let bytes = try bytes(field)
        guard bytes.count == 32 else { throw WireError("\(name) is not 32 bytes") }
        return bytes
    }
}
