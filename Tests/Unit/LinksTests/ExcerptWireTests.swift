import Chain
import Links
import Saga
import Testing
import Wire

@Suite("An excerpt has one form") struct ExcerptWireTests {
    /// A message of an excerpt, or a field of one.
    enum Place: CaseIterable {
        case excerpt, newest, previous, commit, entry
    }

    /// Fields that may be left out, and then must be.
    enum Default: CaseIterable {
        case previousPath, header, path, proof, saga, content, position
    }

    @Test("that reads as it was written")
    func roundTrip() throws {
        let sample = try ExcerptSample()
        for excerpt in try Self.excerpts(of: sample) {
            let bytes = excerpt.encoded()
            let read = try Excerpt(decoding: bytes)
            #expect(read == excerpt)
            #expect(read.encoded() == bytes)
            #expect(Self.encoded(ExcerptParts(excerpt)) == bytes)
            try read.verify()
        }
    }

    @Test("with the entries, numbers and `read` that it was made of")
    func says() throws {
        let excerpt = try Excerpt(decoding: ExcerptSample().excerpt.encoded())
        #expect(excerpt.receiver == Cast.bankB)
        #expect(excerpt.entries.map(\.position.number) == [4, 6, 8, 9, 12, 14])
        #expect(excerpt.numbers == [2, 3, 4, 5, 6])
        #expect(excerpt.read?.position == Position(8))
        #expect(excerpt.read?.read.number == 3)
        #expect(excerpt.commits.map { $0.listed?.header.number } == [2, 3, 4, nil])
    }

    @Test("without fields that are not known", arguments: Place.allCases)
    func unknownFields(place: Place) throws {
        let bytes = Self.encoded(ExcerptParts(try ExcerptSample().excerpt), unknown: place)
        #expect(throws: WireError.self) { try Excerpt(decoding: bytes) }
    }

    @Test("without values that go without saying", arguments: Default.allCases)
    func defaults(spelled: Default) throws {
        let sample = try ExcerptSample()
        var parts = ExcerptParts(sample.excerpt)
        parts.previous = .init(hash: sample.log.commits[4].header.hash, path: [])
        #expect(throws: Never.self) { try Excerpt(decoding: Self.encoded(parts)) }
        if spelled == .position { parts.commits[0].entries[0].position = .start }
        let bytes = Self.encoded(parts, spelled: spelled)
        let error = #expect(throws: WireError.self) { try Excerpt(decoding: bytes) }
        #expect(error?.description.hasSuffix("spells out a default value") == true)
    }

    @Test("in which no saga is a left out one, not one of zeros")
    func sagaOfZeros() throws {
        var parts = ExcerptParts(try ExcerptSample().excerpt)
        parts.commits[1].entries[0].saga = CommandID(high: 0, low: 0)
        let error = #expect(throws: WireError.self) {
            try Excerpt(decoding: Self.encoded(parts))
        }
        #expect(error?.description == "a shown entry's saga is no UUID")
    }

    @Test("with all that has to be there", arguments: [1, 2, 3])
    func missing(field: Int) throws {
        let parts = ExcerptParts(try ExcerptSample().excerpt)
        var writer = MessageWriter()
        if field != 1 { writer.write(1) { Self.write(parts.header, parts.signature, to: &$0) } }
        if field == 2 { writer.write([], 2) } else { writer.write(2) { _ in } }
        if field != 3 { writer.write(3) { _ in } }
        #expect(throws: WireError.self) { try Excerpt(decoding: writer.bytes) }
        #expect(throws: WireError.self) { try Excerpt(decoding: []) }
    }

    @Test("with hashes of 32 bytes")
    func hashes() throws {
        let parts = ExcerptParts(try ExcerptSample().excerpt)
        for change in [-1, 1, -32, 32] {
            let bytes = Self.encoded(parts, keptHashBytes: 32 + change)
            let error = #expect(throws: WireError.self) { try Excerpt(decoding: bytes) }
            #expect(error?.description.contains("32 bytes") == true || change == -32)
        }
    }

    /// Excerpts of every shape: of one commit and many, of the newest alone, with and without a
    /// header before.
    static func excerpts(of sample: ExcerptSample) throws -> [Excerpt] {
        let entries = sample.log.entries.filter { $0.says.peer == Cast.bankB }
        var excerpts = [sample.excerpt]
        for under in 1...sample.log.count {
            let end = sample.log.commits[under - 1].header.header.last
            let shown = entries.filter { $0.position <= end }
            for first in shown.indices {
                let names = [nil] + sample.log.commits.prefix(under).map(\.header.name)
                for name in names {
                    excerpts.append(
                        try sample.log.excerpt(
                            of: Array(shown[first...]), under: under, naming: name
                        ).excerpt)
                }
            }
        }
        return excerpts
    }

    /// Writes an excerpt's fields by their numbers in links.proto, with one fault if asked to.
    static func encoded(
        _ parts: ExcerptParts, unknown: Place? = nil, spelled: Default? = nil,
        keptHashBytes: Int = 32
    ) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(1) { writer in
            write(parts.header, parts.signature, to: &writer)
            if unknown == .newest { writer.write(element: [], 9) }
        }
        if let previous = parts.previous {
            writer.write(2) { writer in
                writer.write(previous.hash.bytes, 1)
                write(previous.path, 2, spelled == .previousPath, to: &writer)
                if unknown == .previous { writer.write(element: [], 9) }
            }
        }
        for commit in parts.commits {
            writer.write(3) { writer in
                write(commit.header ?? [], 1, spelled == .header, to: &writer)
                write(commit.path, 2, spelled == .path, to: &writer)
                for entry in commit.entries {
                    writer.write(3) { writer in
                        write(entry, spelled, keptHashBytes, to: &writer)
                        if unknown == .entry { writer.write(element: [], 9) }
                    }
                }
                write(commit.proof, 4, spelled == .proof, to: &writer)
                if unknown == .commit { writer.write(element: [], 9) }
            }
        }
        if unknown == .excerpt { writer.write(element: [], 9) }
        return writer.bytes
    }

    private static func write(
        _ entry: ExcerptParts.Entry, _ spelled: Default?, _ hashBytes: Int,
        to writer: inout MessageWriter
    ) {
        if spelled == .position {
            writer.writePresent(Int64(entry.position.number), 1)
        } else {
            writer.write(entry.position.number, 1)
        }
        write(entry.saga?.bytes ?? [], 2, spelled == .saga, to: &writer)
        let hash = entry.keptHash.bytes + entry.keptHash.bytes
        writer.write(Array(hash.prefix(hashBytes)), 3)
        writer.write(entry.shown, 4)
        write(entry.content, 5, spelled == .content, to: &writer)
    }

    private static func write(
        _ header: [UInt8], _ signature: [UInt8], to writer: inout MessageWriter
    ) {
        writer.write(header, 1)
        writer.write(signature, 2)
    }

    private static func write(
        _ hashes: [Hash], _ field: Int, _ isSpelled: Bool, to writer: inout MessageWriter
    ) {
        write(hashes.flatMap(\.bytes), field, isSpelled, to: &writer)
    }

    private static func write(
        _ bytes: [UInt8], _ field: Int, _ isSpelled: Bool, to writer: inout MessageWriter
    ) {
        if isSpelled { writer.write(element: bytes, field) } else { writer.write(bytes, field) }
    }
}
