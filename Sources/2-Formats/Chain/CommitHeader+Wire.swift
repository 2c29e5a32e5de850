import Saga
public import Wire

extension CommitHeader {
    /// The header as `giro.journal.v1.CommitHeader`: what is signed, hashed and kept.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 256)
        writer.write(UInt64(format), 1)
        writer.write(node.text, 2)
        writer.write(keyID.bytes, 3)
        writer.write(timeline, 4)
        writer.write(epoch.number, 5)
        writer.write(first.number, 6)
        writer.write(last.number, 7)
        writer.write(last.number - first.number + 1, 8)
        writer.write(time.milliseconds, 9)
        writer.write(10) { inbox in
            inbox.write(self.inbox.incarnation, 1)
            inbox.write(self.inbox.offset, 2)
            inbox.write(self.inbox.recordHash.bytes, 3)
        }
        writer.write(previousHash.bytes, 11)
        writer.write(merkleRoot.bytes, 12)
        return writer.bytes
    }

    /// Reads a header strictly: what this code does not know or cannot have written is refused.
    ///
    /// - Throws: The bytes are no such header; the error says what is wrong.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = MessageReader(bytes, "A commit header")
        // First the format: a newer one may well have fields and rules unknown here.
        let format = try reader.unsigned(1)
        guard format == UInt64(Self.currentFormat) else {
            throw WireError(
                """
                A commit header has format \(format), this program reads \
                \(Self.currentFormat): use the version that wrote it, or a newer one.
                """)
        }
        let node = try Self.node(named: reader.string(2))
        let keyID = try Self.keyID(reader.bytes(3))
        let timeline = try Self.number(reader.unsigned(4), "timeline")
        let epoch = Epoch(try Self.number(reader.unsigned(5), "epoch"))
        let first = try reader.unsigned(6)
        let last = try Self.lastPosition(
            from: first, to: reader.unsigned(7), count: reader.unsigned(8))
        let time = Timestamp(milliseconds: try reader.signed(9))
        let inbox = try Self.inbox(reader.message(10, "A commit header's inbox cursor"))
        let previousHash = try Self.hash(reader.bytes(11), "previous hash")
        let merkleRoot = try Self.hash(reader.bytes(12), "Merkle root")
        try reader.end()
        self.init(
            node: node, keyID: keyID, timeline: timeline, epoch: epoch, first: Position(first),
            last: last, time: time, inbox: inbox, previousHash: previousHash,
            merkleRoot: merkleRoot)
    }

    private static func node(named text: String) throws(WireError) -> NodeName {
        guard let node = NodeName(text) else {
            throw WireError("A commit header has no valid node name.")
        }
        return node
    }

    private static func keyID(_ field: [UInt8]) throws(WireError) -> KeyID {
        guard field.count == KeyID.byteCount else {
            throw WireError("A commit header's key id has \(field.count) bytes.")
        }
        return KeyID(bytes: field)
    }

    private static func hash(_ field: [UInt8], _ name: String) throws(WireError) -> Hash {
        guard let hash = Hash(bytes: field) else {
            throw WireError("A commit header's \(name) has \(field.count) bytes.")
        }
        return hash
    }

    /// Stores keep positions and epochs in signed 64-bit columns.
    private static func number(_ field: UInt64, _ name: String) throws(WireError) -> UInt64 {
        guard field <= UInt64(Int64.max) else {
            throw WireError("A commit header's \(name) is \(field), which no log reaches.")
        }
        return field
    }

    private static func lastPosition(
        from first: UInt64, to last: UInt64, count: UInt64
    ) throws(WireError) -> Position {
        let last = try number(last, "position")
        guard first >= 1, last >= first, last - first < UInt64(EntryLimits.commitEntriesMax),
            last - first + 1 == count
        else {
            throw WireError(
                "A commit header counts \(count) entries at positions \(first) to \(last).")
        }
        return Position(last)
    }

    private static func inbox(_ message: MessageReader?) throws(WireError) -> InboxCursor {
        guard var message else { throw WireError("A commit header has no valid inbox cursor.") }
        let incarnation = try number(message.unsigned(1), "incarnation")
        let offset = try message.signed(2)
        let recordHash = try hash(message.bytes(3), "record hash")
        try message.end()
        guard offset >= -1 else {
            throw WireError("A commit header has no valid inbox cursor.")
        }
        return InboxCursor(incarnation: incarnation, offset: offset, recordHash: recordHash)
    }
}
