import Chain
import Links
import Saga
import Testing
import Wire

@Suite("The bounds of an excerpt") struct ExcerptBoundsTests {
    /// A log with one entry of each size, so many in a commit.
    static func log(_ sizes: [Int], perCommit: Int = 3) throws -> TestLog {
        let drafts = sizes.enumerated().map { Cast.step(UInt64($0.offset) + 1, size: $0.element) }
        let batches = stride(from: 0, to: drafts.count, by: perCommit).map { start in
            Array(drafts[start..<min(start + perCommit, drafts.count)])
        }
        return try ExcerptSample.log(of: Cast.bankA, batches)
    }

    /// The parts of an excerpt of all entries, whatever it measures.
    static func parts(of log: TestLog) throws -> ExcerptParts {
        ExcerptParts(try log.excerpt(of: log.entries, bytesMax: .max).excerpt)
    }

    @Test("are 64 KiB where there is more than one entry, and all arrive", arguments: [1, 3, 100])
    func manyEntries(perCommit: Int) throws {
        let sizes = (0..<60).map { 100 + $0 * 97 % 9_000 }
        let log = try Self.log(sizes, perCommit: perCommit)
        var rest = log.entries
        var excerpts = 0
        while !rest.isEmpty {
            let (excerpt, count) = try log.excerpt(of: rest)
            let bytes = excerpt.encoded()
            #expect(count >= 1 && bytes.count <= 64 * 1024)
            #expect(Array(try Excerpt(decoding: bytes).entries) == Array(rest.prefix(count)))
            rest.removeFirst(count)
            excerpts += 1
        }
        #expect((4...12).contains(excerpts))
    }

    @Test("are those of one entry where it is longer, and it stands alone")
    func oneEntry() throws {
        let log = try Self.log([100, 90 * 1024, 100])
        let second = try log.excerpt(of: Array(log.entries.dropFirst()))
        #expect(second.count == 1)
        let bytes = second.excerpt.encoded()
        #expect(bytes.count > 64 * 1024 && bytes.count <= Excerpt.bytesMaxOfOneEntry)
        #expect(try Excerpt(decoding: bytes) == second.excerpt)
        #expect(try log.excerpt(of: log.entries).count == 1)
    }

    @Test("hold for what is asked for: at least one entry is shown")
    func smallest() throws {
        let log = try Self.log([100, 100, 100, 100])
        let one = try log.excerpt(of: log.entries, bytesMax: 1)
        #expect(one.count == 1 && one.excerpt.numbers == [1])
        let whole = try log.excerpt(of: log.entries).excerpt.encoded().count
        #expect(try log.excerpt(of: log.entries, bytesMax: whole).count == 4)
        #expect(try log.excerpt(of: log.entries, bytesMax: whole - 1).count == 3)
    }

    @Test("are refused where they are passed, by one byte")
    func passed() throws {
        let free = Excerpt.bytesMax - (try Self.parts(of: Self.log([1_000, 62_000])).byteCount)
        for (more, isRead) in [(0, true), (1, false)] {
            let bytes = try Self.parts(of: Self.log([1_000, 62_000 + free + more])).encoded
            #expect(bytes.count == Excerpt.bytesMax + more)
            #expect(((try? Excerpt(decoding: bytes)) != nil) == isRead)
        }
        let last = Excerpt.bytesMaxOfOneEntry
        let alone = last - (try Self.parts(of: Self.log([100_000])).byteCount)
        for (more, isRead) in [(0, true), (1, false)] {
            let bytes = try Self.parts(of: Self.log([100_000 + alone + more])).encoded
            #expect(bytes.count == last + more)
            #expect(((try? Excerpt(decoding: bytes)) != nil) == isRead)
        }
    }

    @Test("are 64 hashes of a path")
    func paths() throws {
        let sample = try ExcerptSample()
        for count in [63, 64, 65, 1_000] {
            let path = [Hash](repeating: .zero, count: count)
            var previous = ExcerptParts(sample.excerpt)
            previous.previous = .init(hash: sample.log.commits[0].header.hash, path: path)
            var commit = ExcerptParts(sample.excerpt)
            commit.commits[0].path = path
            for parts in [previous, commit] {
                let read = try? Excerpt(decoding: parts.encoded)
                #expect((read != nil) == (count <= 64))
                guard let read else { continue }
                guard case .nothing = sample.outcome(of: read) else {
                    Issue.record("a path of \(count) hashes proves something")
                    continue
                }
            }
        }
    }

    @Test("are those of a signed header")
    func headers() throws {
        var parts = ExcerptParts(try ExcerptSample().excerpt)
        parts.signature.append(0)
        #expect(throws: WireError.self) { try Excerpt(decoding: parts.encoded) }
        parts.signature.removeLast(2)
        #expect(throws: WireError.self) { try Excerpt(decoding: parts.encoded) }
        parts = ExcerptParts(try ExcerptSample().excerpt)
        parts.header = [UInt8](repeating: 0, count: 1_025)
        let error = #expect(throws: WireError.self) { try Excerpt(decoding: parts.encoded) }
        #expect(error?.description == "a signed header has 1025 and 64 bytes")
    }

    @Test("are those of the largest commit: a proof has its height, not its width")
    func largestCommit() throws {
        var drafts = [Draft](repeating: .own, count: CommitLimits.entriesMax)
        drafts[4_711] = Cast.step(1)
        let log = try ExcerptSample.log(of: Cast.bankA, [drafts])
        let excerpt = try log.excerpt(of: log.entries).excerpt
        #expect(excerpt.commits[0].proof.count == 14)
        #expect(try Excerpt(decoding: excerpt.encoded()) == excerpt)
        var parts = ExcerptParts(excerpt)
        parts.header = try ExcerptParts.changed(parts.header) {
            $0.last = Position(UInt64(CommitLimits.entriesMax) + 1)
        }
        #expect(throws: WireError.self) { try Excerpt(decoding: parts.encoded) }
    }

    @Test("of a header that lies about its count: its owner's signature does not help")
    func wrongCount() throws {
        let log = try Self.log([10, 10, 10])
        for (count, first) in [(2, 1), (4, 1), (5, 1), (3, 2)] as [(Int, UInt64)] {
            var parts = try Self.parts(of: log)
            parts.header = try ExcerptParts.changed(parts.header) {
                $0.first = Position(first)
                $0.last = Position(first) + (count - 1)
            }
            parts.signature = ExcerptSample.key.signature(for: parts.header)
            guard let excerpt = try? parts.excerpt() else { continue }
            #expect(throws: ExcerptFault.otherEntries(at: Position(first))) {
                try excerpt.verify()
            }
        }
    }

    @Test("of a log's own: what does not fit together is not shown")
    func making() throws {
        let sample = try ExcerptSample()
        let log = sample.log
        let commits = log.commits.map {
            ShownCommit(signed: $0.header.signed, leaves: $0.leaves, entries: $0.entries)
        }
        let hashes = log.nodes.hashes
        func make(
            _ shown: [ShownCommit], under number: Int = 5, naming name: HeaderName? = nil,
            damaged: Int? = nil, missing: Int? = nil
        ) throws {
            _ = try Excerpt.make(
                under: log.commits[number - 1].header, naming: name, of: shown
            ) { place in
                let place = Int(place)
                guard place < hashes.count, place != missing else { return nil }
                return place == damaged ? .zero : hashes[place]
            }
        }
        #expect(throws: Never.self) { try make([commits[0]]) }
        #expect(throws: WireError.self) { try make([]) }
        #expect(throws: WireError.self) { try make([commits[1]]) }
        #expect(throws: WireError.self) { try make([commits[4]], under: 4) }
        #expect(throws: WireError.self) { try make([commits[3], commits[0]]) }
        #expect(throws: WireError.self) { try make([commits[0]], damaged: 1) }
        #expect(throws: WireError.self) { try make([commits[0]], missing: 1) }
        let first = log.commits[0].header.name
        #expect(throws: Never.self) { try make([commits[4]], naming: first) }
        #expect(throws: WireError.self) { try make([commits[4]], naming: first, damaged: 1) }
        let behind = log.commits[4].header.name
        #expect(throws: WireError.self) { try make([commits[0]], under: 3, naming: behind) }
        let other = HeaderName(commit: 0, hash: .zero)
        #expect(throws: WireError.self) { try make([commits[0]], naming: other) }
    }

    @Test("of timelines: none is higher than that of the newest header")
    func timelines() throws {
        var log = TestLog(of: Cast.bankA)
        try log.append([Cast.step(1)], by: ExcerptSample.key, timeline: 1)
        try log.append([Cast.step(2)], by: ExcerptSample.key, timeline: 0)
        #expect(throws: WireError.self) { try log.excerpt(of: log.entries) }
    }
}

extension ExcerptParts {
    /// The bytes, without any check.
    var encoded: [UInt8] { ExcerptWireTests.encoded(self) }

    var byteCount: Int { encoded.count }
}
