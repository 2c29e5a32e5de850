import Saga

// What a node keeps of its peers' logs. Each has the fields of the message of its name in
// journal.proto; a reader leaves their end to its caller.

extension MessageWriter {
    /// A `ReadKept`.
    mutating func write(_ header: SignedHeader, of read: Read) {
        precondition(
            read.header.hash == .sha256(of: header.bytes),
            "a read names the header that is kept with it")
        header.write(to: &self)
    }

    /// A `PeerKeyTaken`, and the first fields of a `PeerKeyCompared`.
    mutating func writePeerKey(_ peer: NodeName, _ publicKey: [UInt8]) {
        write(peer.text, 1)
        write(publicKey, 2)
    }

    mutating func writePeerKeyCompared(
        _ peer: NodeName, _ publicKey: [UInt8], _ principal: Principal
    ) {
        writePeerKey(peer, publicKey)
        write(principal.text, 3)
    }

    mutating func writePeerSuspended(_ peer: NodeName, _ suspicion: PeerSuspicion) {
        write(peer.text, 1)
        switch suspicion {
        case .forked(let timeline, let number, let header):
            header.write(to: &self, at: 2)
            write(4) { timeline.write(to: &$0) }
            write(number, 5)
        case .denied(let denial, let header):
            header.write(to: &self, at: 2)
            write(denial.rawValue, 6)
        }
    }
}

extension MessageReader {
    mutating func readPeerKey() throws(WireError) -> (peer: NodeName, publicKey: [UInt8]) {
        let peer = try NodeName(wire: string(1), "the peer whose key it is")
        return (peer, try publicKey(2, "a peer's key"))
    }

    mutating func readPeerKeyCompared() throws(WireError) -> (
        peer: NodeName, publicKey: [UInt8], principal: Principal
    ) {
        let (peer, publicKey) = try readPeerKey()
        return (peer, publicKey, try Principal(wire: string(3), "a compared key's principal"))
    }

    mutating func readPeerSuspended() throws(WireError) -> (peer: NodeName, PeerSuspicion) {
        let peer = try NodeName(wire: string(1), "the peer that is suspended")
        let header = try SignedHeader(from: &self, at: 2)
        var timeline: NewTimeline?
        if var forked = try message(4, "giro.links.v1.TimelineShown") {
            timeline = try NewTimeline(&forked)
            try forked.end()
        }
        let number = try bounded(5, "the number of a peer's new timeline")
        let word = try string(6)
        guard (timeline == nil) == (number == 0), (timeline == nil) != word.isEmpty else {
            throw WireError("a peer is suspended for no reason, for half of one, or for two")
        }
        if let timeline { return (peer, .forked(timeline, number: number, header: header)) }
        guard let denial = Denial(rawValue: word) else {
            throw WireError(
                "a denial is none that this version knows, so another version wrote it: \(word)")
        }
        return (peer, .denied(denial, header: header))
    }

    /// A `ReadKept`: the header that the read names which is shown.
    mutating func readHeader(of read: Read) throws(WireError) -> SignedHeader {
        let header = try SignedHeader(from: &self)
        guard read.header.hash == .sha256(of: header.bytes) else {
            throw WireError("a read names another header than the one that is kept with it")
        }
        return header
    }
}

extension Quarantined {
    func write(to writer: inout MessageWriter) {
        writer.write(cause.rawValue, 1)
        writer.write(peer.text, 2)
        writer.write(number, 3)
        writer.write(shown, 4)
    }

    init(from reader: inout MessageReader) throws(WireError) {
        let word = try reader.string(1)
        guard let cause = Cause(rawValue: word) else {
            throw WireError(
                "a quarantine has no cause that this version knows, so another version wrote it: "
                    + word)
        }
        let peer = try NodeName(wire: reader.string(2), "the peer whose entry is quarantined")
        let number = try reader.bounded(3, "the number of a quarantined entry")
        let shown = try reader.bytes(4)
        guard number > 0, shown.count <= Self.shownBytesMax else {
            throw WireError(
                "a quarantined entry has no number, or is longer than \(Self.shownBytesMax) bytes")
        }
        self.init(cause: cause, peer: peer, number: number, shown: shown)
    }
}
