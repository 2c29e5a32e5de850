import Chain
import Saga
public import Wire

extension Shown {
    /// The fields of a `Shown` (links.proto). Equal values have equal bytes.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 160)
        writer.write(peer.text, 1)
        writer.write(number ?? 0, 2)
        switch what {
        case .step(let bytes): writer.write(element: bytes, 3)
        case .read(let read): writer.write(4) { read.write(to: &$0) }
        case .key(let key): writer.write(5) { $0.write(key.bytes, 1) }
        case .timeline(let timeline): writer.write(6) { timeline.write(to: &$0) }
        case .accepted(let accepted): writer.write(7) { accepted.write(to: &$0) }
        case .notUnderstood:
            preconditionFailure("a node writes only entries that it understands")
        }
        writer.write(contentHash?.bytes ?? [], 8)
        return writer.bytes
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
    private static func rest(
        of reader: MessageReader
    ) -> (what: What, contentHash: Hash?)? {
        var reader = reader
        do throws(WireError) {
            let what = try reader.what()
            let hash = try reader.bytes(8)
            try reader.end()
            guard !hash.isEmpty else { return (what, nil) }
            guard case .step = what else { return nil }
            return (what, try Hash(wire: hash, "a content's hash"))
        } catch {
            return nil
        }
    }
}

extension Shown.What {
    fileprivate var isRead: Bool {
        if case .read = self { true } else { false }
    }
}

extension MessageReader {
    fileprivate mutating func what() throws(WireError) -> Shown.What {
        switch nextField {
        case 3:
            guard let step = try bytesElement(3) else { throw WireError("a step is no message") }
            return .step(step)
        case 4:
            return .read(try whole(4, "Read") { reader throws(WireError) in try Read(&reader) })
        case 5:
            let bytes = try whole(5, "KeyShown") { reader throws(WireError) in
                try reader.bytes(1)
            }
            guard let key = PublicKey(bytes: bytes) else { throw WireError("a key is no key") }
            return .key(key)
        case 6:
            return .timeline(
                try whole(6, "TimelineShown") { reader throws(WireError) in
                    try NewTimeline(&reader)
                })
        case 7:
            return .accepted(
                try whole(7, "Accepted") { reader throws(WireError) in try Accepted(&reader) })
        default: throw WireError("a shown entry says nothing that this version knows")
        }
    }

    /// A number that fits into a store's signed 64-bit column.
    fileprivate mutating func bounded(_ field: Int, _ name: String) throws(WireError) -> UInt64 {
        let number = try unsigned(field)
        guard number <= Shown.numberMax else {
            throw WireError("\(name) is \(number), which no log reaches")
        }
        return number
    }
}

extension Read {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(number, 1)
        writer.write(header.hash.bytes, 2)
        writer.write(header.commit, 3)
        writer.write(acknowledged, 4)
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        let number = try reader.bounded(1, "the number of a read")
        let hash = try Hash(wire: reader.bytes(2), "the header of a read")
        let commit = try reader.bounded(3, "the commit of a read")
        guard commit > 0 else { throw WireError("a read names no commit") }
        self.init(
            number: number, header: HeaderName(commit: commit, hash: hash),
            acknowledged: try reader.bounded(4, "the acknowledgment of a read"))
    }
}

extension TimelineName {
    fileprivate func write(to writer: inout MessageWriter, _ field: Int) {
        writer.write(number, field)
        writer.write(fork.bytes, field + 1)
    }

    fileprivate init(_ reader: inout MessageReader, _ field: Int) throws(WireError) {
        let name = try Self.ifAny(&reader, field)
        guard let name else { throw WireError("a timeline has no name") }
        self = name
    }

    fileprivate static func ifAny(
        _ reader: inout MessageReader, _ field: Int
    ) throws(WireError) -> TimelineName? {
        let number = try reader.bounded(field, "a timeline's number")
        let bytes = try reader.bytes(field + 1)
        guard number > 0 || !bytes.isEmpty else { return nil }
        guard number > 0, let fork = ForkID(bytes: bytes) else {
            throw WireError("a timeline has no valid name")
        }
        return TimelineName(number: number, fork: fork)
    }
}

extension NewTimeline {
    fileprivate func write(to writer: inout MessageWriter) {
        name.write(to: &writer, 1)
        writer.write(position.number, 3)
        writer.write(commitHash.bytes, 4)
        for beginning in earlier {
            writer.write(5) { writer in
                writer.write(beginning.timeline, 1)
                writer.write(beginning.number, 2)
                writer.write(beginning.position.number, 3)
            }
        }
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        let name = try TimelineName(&reader, 1)
        let position = Position(try reader.bounded(3, "where a new timeline begins"))
        let hash = try Hash(wire: reader.bytes(4), "the commit before a new timeline")
        let earlier = try reader.messages(5, "Beginning") { reader throws(WireError) in
            Beginning(
                timeline: try reader.bounded(1, "an earlier timeline"),
                number: try reader.bounded(2, "the number of an earlier timeline"),
                position: Position(try reader.bounded(3, "where an earlier timeline began")))
        }
        guard earlier.count <= Self.earlierMax, earlier.allSatisfy({ $0.number > 0 }) else {
            throw WireError("a new timeline names earlier ones that cannot be")
        }
        self.init(name, position: position, commitHash: hash, earlier: earlier)
    }
}

extension Accepted {
    fileprivate func write(to writer: inout MessageWriter) {
        timeline.write(to: &writer, 1)
        own?.write(to: &writer, 3)
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        let timeline = try TimelineName(&reader, 1)
        self.init(timeline, own: try TimelineName.ifAny(&reader, 3))
    }
}
