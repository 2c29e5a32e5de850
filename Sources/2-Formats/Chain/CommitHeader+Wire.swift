import Saga
public import Wire

extension CommitHeader {
    /// The header as `giro.journal.v1.CommitHeader`: what is signed, hashed and kept.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 320)
        writer.write(UInt64(format), 1)
        writer.write(node.text, 2)
        writer.write(keyID.bytes, 3)
        writer.write(timeline, 4)
        writer.write(epoch.number, 5)
        writer.write(number, 6)
        writer.write(first.number, 7)
        writer.write(last.number, 8)
        writer.write(time.milliseconds, 9)
        writer.write(previousHash.bytes, 10)
        writer.write(merkleRoot.bytes, 11)
        writer.write(historyRoot.bytes, 12)
        writer.write(cursorsHash.bytes, 13)
        writer.write(UInt64(bodyByteCount), 14)
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
        let number = try Self.number(reader.unsigned(6), "number")
        let first = Position(try reader.unsigned(7))
        let last = try Self.lastPosition(from: first, to: reader.unsigned(8))
        // No log has more commits than entries.
        guard number >= 1, number <= first.number else {
            throw WireError("A commit header has number \(number) at position \(first).")
        }
        let time = Timestamp(milliseconds: try reader.signed(9))
        let previousHash = try Self.hash(reader.bytes(10), "previous hash")
        let merkleRoot = try Self.hash(reader.bytes(11), "Merkle root")
        let historyRoot = try Self.hash(reader.bytes(12), "history root")
        let cursorsHash = try Self.hash(reader.bytes(13), "cursors' hash")
        let bodyByteCount = try Self.bodyByteCount(reader.unsigned(14))
        try reader.end()
        self.init(
            node: node, keyID: keyID, timeline: timeline, epoch: epoch, number: number,
            first: first, last: last, time: time, previousHash: previousHash,
            merkleRoot: merkleRoot, historyRoot: historyRoot, cursorsHash: cursorsHash,
            bodyByteCount: bodyByteCount)
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
        from first: Position, to last: UInt64
    ) throws(WireError) -> Position {
        let last = Position(try number(last, "position"))
        guard first > .start, last >= first,
            last.number - first.number < UInt64(CommitLimits.entriesMax)
        else { throw WireError("A commit header has positions \(first) to \(last).") }
        return last
    }

    private static func bodyByteCount(_ field: UInt64) throws(WireError) -> Int {
        guard (1...UInt64(CommitLimits.bodyBytesMax)).contains(field) else {
            throw WireError("A commit header has a body of \(field) bytes.")
        }
        return Int(field)
    }
}
