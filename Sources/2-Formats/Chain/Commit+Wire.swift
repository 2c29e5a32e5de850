import Saga
public import Wire

extension Commit {
    /// The value of a record on the journal: the three columns of the log's row as one message.
    ///
    /// Equal commits have equal bytes.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: encodedByteCountMax)
        writer.write(headerBytes, 1)
        writer.write(signature, 2)
        writer.write(body, 3)
        return writer.bytes
    }

    /// The most bytes of ``encoded()``: three short lengths in front of what is there.
    public var encodedByteCountMax: Int {
        headerBytes.count + signature.count + body.count + 16
    }

    /// Reads what ``encoded()`` made; only the shape is checked.
    ///
    /// - Throws: `WireError`: it is no commit, or what is missing or does not fit.
    public init(encoded bytes: [UInt8]) throws(WireError) {
        let record = try CommitRecord(bytes)
        try self.init(
            headerBytes: record.header, signature: record.signature, body: record.body)
    }

    /// A commit as a store or the journal holds it.
    ///
    /// Only the shape is checked: that header and body can be read, and that the entries which the
    /// header counts are all there. That they are those that were signed is for ``Chain`` to say.
    ///
    /// - Throws: What is missing or does not fit.
    public init(
        headerBytes: [UInt8], signature: [UInt8], body: [UInt8]
    ) throws(WireError) {
        let header = try CommitHeader(decoding: headerBytes)
        guard signature.count == Self.signatureByteCount else {
            throw WireError(
                "The signature of the commit at \(header.first) has \(signature.count) bytes.")
        }
        guard header.bodyByteCount == body.count else {
            throw WireError(
                """
                The body of the commit at \(header.first) has \(body.count) bytes instead of \
                \(header.bodyByteCount).
                """)
        }
        var reader = MessageReader(body, "The body of the commit at \(header.first)")
        let inboxes = try reader.cursors()
        let entries = try reader.entries(from: header.first, to: header.last)
        try reader.end()
        self.init(
            header: header, headerBytes: headerBytes, signature: signature, body: body,
            hash: .sha256(of: headerBytes), inboxes: inboxes, entries: entries)
    }
}

/// A record of a journal in its three parts, of which none is read or verified yet.
public struct CommitRecord: Hashable, Sendable {
    /// A `CommitHeader`, as it was signed.
    public let header: [UInt8]
    /// Ed25519 (RFC 8032) over `header`.
    public let signature: [UInt8]
    /// A `CommitBody`.
    public let body: [UInt8]

    /// Its sizes are checked, since a stranger may have written it, and readers keep headers.
    ///
    /// - Throws: `WireError`: the bytes are no `Commit` (journal.proto), or too many.
    public init(_ bytes: [UInt8]) throws(WireError) {
        var reader = MessageReader(bytes, "giro.journal.v1.Commit")
        header = try reader.bytes(1)
        signature = try reader.bytes(2)
        body = try reader.bytes(3)
        try reader.end()
        guard (1...SignedHeader.bytesMax).contains(header.count),
            signature.count == Commit.signatureByteCount,
            (1...CommitLimits.bodyBytesMax).contains(body.count)
        else { throw WireError("a commit has no header, signature or body of a commit's size") }
    }
}

/// The body of a commit that is made, and what its header says of it.
struct CommitBody {
    private(set) var bytes: [UInt8]
    /// SHA-256 of the `Cursors` message, which the header names.
    let cursorsHash: Hash

    init(_ entries: [Entry], inboxes: [NodeName: Int64]) {
        let cursors = Self.cursors(inboxes)
        cursorsHash = .sha256(of: cursors)
        let byteCount = entries.reduce(cursors.count + 8) {
            $0 + $1.parts.byteCount + CommitLimits.entryFrameBytesMax
        }
        var writer = MessageWriter(capacity: byteCount)
        writer.write(element: cursors, 1)
        for entry in entries {
            writer.write(2) { entry.write(to: &$0) }
        }
        bytes = writer.bytes
    }

    /// What of a commit no peer needs, as `Cursors` (journal.proto).
    static func cursors(_ inboxes: [NodeName: Int64]) -> [UInt8] {
        var writer = MessageWriter(capacity: 64)
        for (peer, offset) in inboxes.sorted(by: { $0.key < $1.key }) {
            writer.write(1) { cursor in
                cursor.write(peer.text, 1)
                cursor.write(offset, 2)
            }
        }
        return writer.bytes
    }
}

extension Entry {
    /// The fields of a `LoggedEntry` (journal.proto); the position follows from its place.
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(saga?.bytes ?? [], 1)
        writer.write(parts.shown, 2)
        writer.write(salt + parts.kept, 3)
        writer.write(parts.content, 4)
    }
}

extension MessageReader {
    fileprivate mutating func cursors() throws(WireError) -> [NodeName: Int64] {
        guard var cursors = try message(1, "A commit's cursors") else {
            throw WireError("A commit has no cursors.")
        }
        var inboxes: [NodeName: Int64] = [:]
        var last: NodeName?
        while var cursor = try cursors.message(1, "A commit's inbox cursor") {
            let (peer, offset) = try cursor.inboxCursor()
            guard last.map({ $0 < peer }) ?? true else {
                throw WireError("A commit's inbox cursors are out of order.")
            }
            (inboxes[peer], last) = (offset, peer)
        }
        try cursors.end()
        return inboxes
    }

    private mutating func inboxCursor() throws(WireError) -> (NodeName, Int64) {
        let peer = try NodeName(wire: string(1), "an inbox cursor's peer")
        let offset = try signed(2)
        try end()
        guard offset >= 0 else { throw WireError("A commit has no valid inbox cursor.") }
        return (peer, offset)
    }

    fileprivate mutating func entries(
        from first: Position, to last: Position
    ) throws(WireError) -> [Entry] {
        let count = Int(last.number - first.number) + 1
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        while entries.count < count,
            var message = try message(2, "An entry of the commit at \(first)")
        {
            entries.append(try message.entry(at: first + entries.count))
        }
        guard entries.count == count, isAtEnd else {
            throw WireError(
                """
                The commit at \(first) does not have its entries \(first) to \(last). Restore \
                the log.
                """)
        }
        return entries
    }

    private mutating func entry(at position: Position) throws(WireError) -> Entry {
        let saga = try bytes(1)
        let shown = try bytes(2)
        let kept = try bytes(3)
        let content = try bytes(4)
        try end()
        guard kept.count >= Entry.saltByteCount else {
            throw WireError("The entry at \(position) keeps no salt.")
        }
        let parts = EntryParts(
            shown: shown, kept: Array(kept.dropFirst(Entry.saltByteCount)), content: content)
        guard parts.byteCount <= CommitLimits.partsBytesMax else {
            throw WireError("The entry at \(position) has \(parts.byteCount) bytes.")
        }
        let id = CommandID(bytes: saga)
        guard saga.isEmpty || id != nil else {
            throw WireError("The saga of the entry at \(position) is no UUID.")
        }
        return Entry(
            position: position, saga: id, parts: parts,
            salt: Array(kept.prefix(Entry.saltByteCount)))
    }
}
