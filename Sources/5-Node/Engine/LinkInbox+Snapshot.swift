import Chain
import Links
import Saga
import Wire

extension LinkInbox {
    /// The fields of a `State.Link` (snapshot.proto): what the log's records say.
    func write(to writer: inout MessageWriter) {
        writer.write(peer.text, 1)
        writer.write(key.bytes, 2)
        if let newest {
            let read = Read(number: next - 1, header: newest.name, acknowledged: acknowledged)
            writer.write(3) { read.write(to: &$0) }
            newest.signed.write(to: &writer, at: 4)
        }
        if let accepted {
            writer.write(accepted.number, 6)
            writer.write(accepted.fork.bytes, 7)
        }
        if let awaited {
            writer.write(awaited.fork.bytes, 8)
            writer.write(awaited.keyIsCompared, 9)
        }
        switch suspension {
        case nil: break
        case .forked(let fork)?:
            fork.header.signed.write(to: &writer, at: 10)
            writer.write(12) { fork.timeline.write(to: &$0) }
            writer.write(fork.number, 13)
        case .denied(let denial)?: writer.write(denial.rawValue, 14)
        }
    }

    static func entry(
        from reader: inout MessageReader, at node: NodeName
    ) throws(WireError) -> (NodeName, LinkInbox) {
        let peer = try NodeName(wire: reader.string(1), "a link's peer")
        guard let key = PublicKey(bytes: try reader.bytes(2)) else {
            throw WireError("a peer has no key")
        }
        var link = LinkInbox(at: node, of: peer, key: key)
        if var message = try reader.message(3, "a read") {
            let read = try Read(&message)
            try message.end()
            let header = try WitnessedHeader(SignedHeader(from: &reader, at: 4))
            guard read.header == header.name else {
                throw WireError("a peer's newest header is another than was read")
            }
            link.apply(.read(read, header))
        }
        if reader.nextField == 6 { link.apply(.accepted(try TimelineName(&reader, 6))) }
        let bytes = try reader.bytes(8)
        let isCompared = try reader.bool(9)
        if let fork = ForkID(bytes: bytes) {
            link.apply(.lost(fork))
            if isCompared { link.apply(.keyCompared(key)) }
        } else if isCompared || !bytes.isEmpty {
            throw WireError("a peer is waited for without a timeline")
        }
        if let reason = try Suspension(from: &reader) { link.apply(.suspended(reason)) }
        return (peer, link)
    }
}

extension LinkInbox.Suspension {
    /// `nil` for none.
    fileprivate init?(from reader: inout MessageReader) throws(WireError) {
        guard reader.nextField == 10 else {
            let word = try reader.string(14)
            guard !word.isEmpty else { return nil }
            guard let denial = Denial(rawValue: word) else {
                throw WireError("a peer is suspended for an unknown reason")
            }
            self = .denied(denial)
            return
        }
        let header = try WitnessedHeader(SignedHeader(from: &reader, at: 10))
        guard var message = try reader.message(12, "a new timeline") else {
            throw WireError("a peer is suspended for no timeline")
        }
        let timeline = try NewTimeline(&message)
        try message.end()
        let number = try reader.bounded(13, "a fork")
        guard number > 0 else { throw WireError("a peer is suspended for an entry without number") }
        self = .forked(Fork(timeline, number: number, header: header))
    }
}
