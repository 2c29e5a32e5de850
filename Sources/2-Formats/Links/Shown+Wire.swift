import Chain
import Saga
public import Wire

extension Shown {
    /// The fields of a `Shown` (links.proto). Equal values have equal bytes.
    public func encoded() -> [UInt8] {
        ShownFrame(
            to: Addressee(peer, number: number), what.framed, contentHash: contentHash
        ).encoded()
    }

    /// Reads what a node showed.
    ///
    /// Addressee and number are read strictly. The rest is ``What/notUnderstood`` where this
    /// version cannot read it: a later one may say more, and its number has to be taken all the
    /// same. So is a `read` with a number, and anything else without one.
    ///
    /// - Throws: `WireError`: there is no addressee, or no log reaches the number.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = MessageReader(bytes, "A shown entry")
        let peer = try NodeName(wire: reader.string(1), "a shown entry's addressee")
        let number = try reader.bounded(2, "a shown entry's number")
        var what = What.notUnderstood
        var contentHash: Hash?
        if let rest = Self.rest(of: reader), rest.what.isRead == (number == 0) {
            (what, contentHash) = rest
        }
        self.init(
            peer: peer, number: number > 0 ? number : nil, what: what, contentHash: contentHash)
    }

    /// What stands behind addressee and number; `nil` where this version cannot read it.
    private static func rest(of reader: MessageReader) -> (what: What, contentHash: Hash?)? {
        var reader = reader
        do throws(WireError) {
            let (what, contentHash) = try reader.shown()
            return (try What(what), contentHash)
        } catch {
            return nil
        }
    }
}

extension Shown.What {
    fileprivate var isRead: Bool {
        if case .read = self { true } else { false }
    }

    fileprivate var framed: ShownFrame.What {
        switch self {
        case .step(let bytes): .step(bytes)
        case .read(let read): .read(read)
        case .key(let key): .key(key.bytes)
        case .timeline(let timeline): .timeline(timeline)
        case .accepted(let accepted): .accepted(accepted)
        case .notUnderstood:
            preconditionFailure("a node writes only entries that it understands")
        }
    }

    fileprivate init(_ what: ShownFrame.What) throws(WireError) {
        switch what {
        case .step(let bytes): self = .step(bytes)
        case .read(let read): self = .read(read)
        case .key(let bytes):
            guard let key = PublicKey(bytes: bytes) else { throw WireError("a key is no key") }
            self = .key(key)
        case .timeline(let timeline): self = .timeline(timeline)
        case .accepted(let accepted): self = .accepted(accepted)
        }
    }
}
