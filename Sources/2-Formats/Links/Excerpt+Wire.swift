import Chain
import Saga
public import Wire

extension Excerpt {
    /// The excerpt as an `Excerpt` (links.proto): the value of a record. Equal excerpts have equal
    /// bytes.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter(capacity: 4_096)
        writer.write(1) { newest.signed.write(to: &$0) }
        if let previous {
            writer.write(2) { writer in
                writer.write(previous.hash.bytes, 1)
                writer.write(hashes: previous.path, 2)
            }
        }
        for commit in commits {
            writer.write(3) { commit.write(to: &$0) }
        }
        return writer.bytes
    }

    /// Reads what ``encoded()`` made.
    ///
    /// Safe for any input. Only the shape is checked: see ``verify()``.
    ///
    /// - Throws: `WireError`: the bytes are too many or no excerpt.
    /// - Complexity: Linear in the bytes; one hash, of the newest header.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.bytesMaxOfOneEntry else {
            throw WireError("an excerpt has \(bytes.count) bytes")
        }
        var reader = MessageReader(bytes, "An excerpt")
        let newest = try reader.whole(1, "An excerpt's header") { reader throws(WireError) in
            try WitnessedHeader(SignedHeader(from: &reader))
        }
        let previous = try reader.previous()
        let commits = try reader.messages(3, "A commit of an excerpt") {
            reader throws(WireError) in try CommitExcerpt(&reader)
        }
        try reader.end()
        try self.init(newest: newest, previous: previous, commits: commits)
        guard bytes.count <= Self.bytesMax || commits.count == 1 && commits[0].entries.count == 1
        else { throw WireError("an excerpt of several entries has \(bytes.count) bytes") }
    }
}

extension CommitExcerpt {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(listed?.bytes ?? [], 1)
        writer.write(hashes: path, 2)
        for entry in entries {
            writer.write(3) { entry.write(to: &$0) }
        }
        writer.write(hashes: proof, 4)
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        let bytes = try reader.bytes(1)
        let listed = bytes.isEmpty ? nil : try ListedHeader(bytes)
        let path = try reader.hashes(2, max: AuditPath.hashesMax)
        let entries = try reader.messages(3, "An entry of an excerpt") {
            reader throws(WireError) in try ShownEntry(&reader)
        }
        let proof = try reader.hashes(4, max: CommitLimits.entriesMax)
        self.init(listed: listed, path: path, entries: entries, proof: proof)
    }
}

extension ShownEntry {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(position.number, 1)
        writer.write(saga?.bytes ?? [], 2)
        writer.write(keptHash.bytes, 3)
        writer.write(shown, 4)
        writer.write(content, 5)
    }

    fileprivate init(_ reader: inout MessageReader) throws(WireError) {
        let position = Position(try reader.unsigned(1))
        let saga = try reader.bytes(2)
        let keptHash = try Hash(wire: reader.bytes(3), "the hash of what an entry keeps")
        let shown = try reader.bytes(4)
        let content = try reader.bytes(5)
        try self.init(
            position: position,
            saga: saga.isEmpty ? nil : CommandID(wire: saga, "a shown entry's saga"),
            keptHash: keptHash, shown: shown, content: content)
    }
}

extension MessageWriter {
    /// Hashes one after the other, as one `bytes`; left out where there are none.
    fileprivate mutating func write(hashes: [Hash], _ field: Int) {
        write(hashes.flatMap(\.bytes), field)
    }
}

extension MessageReader {
    fileprivate mutating func previous() throws(WireError) -> Excerpt.Previous? {
        guard var reader = try message(2, "An excerpt's previous header") else { return nil }
        let hash = try Hash(wire: reader.bytes(1), "an excerpt's previous header")
        let path = try reader.hashes(2, max: AuditPath.hashesMax)
        try reader.end()
        return Excerpt.Previous(hash: hash, path: path)
    }

    fileprivate mutating func hashes(_ field: Int, max: Int) throws(WireError) -> [Hash] {
        let bytes = try bytes(field)
        guard bytes.count % 32 == 0, bytes.count / 32 <= max else {
            throw WireError("a proof in an excerpt has \(bytes.count) bytes")
        }
        return bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: 32).compactMap { start in
                Hash(bytes: UnsafeRawBufferPointer(rebasing: buffer[start..<(start + 32)]))
            }
        }
    }
}
