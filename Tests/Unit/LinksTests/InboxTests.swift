import Chain
import Links
import Saga
import Testing
import Wire

@Suite struct InboxTests {
    @Test("Nothing is taken, and the inbox stays as it was", arguments: InboxRefusal.all)
    func refused(refusal: InboxRefusal) throws {
        var bench = try InboxBench()
        let excerpt = try refusal.make(&bench)
        let before = bench.inbox
        let outcome = bench.take(excerpt)
        #expect(outcome == .nothing(refusal.reason))
        #expect(outcome.isAnsweredAgain == refusal.isAnsweredAgain)
        #expect(bench.inbox == before)
    }

    // MARK: - Taken

    @Test("The next numbers are taken, and the header with them")
    func taken() throws {
        var bench = try InboxBench()
        let outcome = bench.take(try bench.excerpt([3, 4], naming: 2))
        #expect(outcome.numbers == [3, 4] && !outcome.isAnsweredAgain)
        #expect(bench.inbox.next == 5 && bench.inbox.newest?.name == bench.name(3))
        let read = Read(number: 4, header: bench.name(3), acknowledged: 0)
        #expect(outcome.records == [.read(read, bench.log.commits[2].header)])
    }

    @Test("Of a record with older numbers, or up to a gap, what is next is taken")
    func takenInPart() throws {
        var bench = try InboxBench()
        let overlap = bench.take(try bench.excerpt([1, 2, 3], naming: 2))
        #expect(overlap.numbers == [3])
        try bench.write([Cast.step(5), Cast.step(6)])
        try bench.write([Cast.step(7)])
        #expect(bench.take(try bench.excerpt([4, 6, 7], naming: 3)).numbers == [4])
        #expect(bench.inbox.next == 5 && bench.inbox.newest?.name == bench.name(5))
        #expect(bench.take(try bench.excerpt([6, 7], naming: 5)) == .nothing(.gap))
        #expect(bench.take(try bench.excerpt([5, 6, 7])).numbers == [5, 6, 7])
    }

    @Test("The rest of a record is taken later, without its signature, and the good one is kept")
    func rest() throws {
        var bench = try InboxBench()
        let excerpt = try bench.excerpt([3, 4], naming: 2)
        #expect(bench.take(excerpt, entriesMax: 1).numbers == [3])
        #expect(bench.take(try excerpt.with(previous: .some(nil)).badlySigned()).numbers == [4])
        #expect(bench.inbox.newest == excerpt.newest)
        #expect(bench.take(excerpt) == .nothing(.old))
    }

    @Test("What is not understood has its number, and is taken")
    func notUnderstood() throws {
        var bench = try InboxBench()
        // A record with it cannot be written by this version, so the log is made by hand.
        var writer = MessageWriter()
        writer.write("bank-b", 1)
        writer.write(1 as UInt64, 2)
        writer.write(element: [1], 99)
        let entry = try ShownEntry(
            position: Position(1), saga: nil, keptHash: .zero, shown: writer.bytes,
            content: [4, 5])
        let header = CommitHeader(
            node: Cast.bankA, keyID: InboxBench.key.keyID, timeline: 0, epoch: Epoch(1), number: 1,
            first: Position(1), last: Position(1), time: Timestamp(milliseconds: 1),
            previousHash: .zero, merkleRoot: MerkleTree.root(ofLeaves: [entry.leaf]),
            historyRoot: HistoryNodes().tree.root, cursorsHash: .zero, bodyByteCount: 1)
        let bytes = header.encoded()
        let signed = SignedHeader(bytes: bytes, signature: InboxBench.key.signature(for: bytes))
        bench.inbox = LinkInbox(at: Cast.bankB, of: Cast.bankA, key: InboxBench.key.publicKey)
        let excerpt = try Excerpt(
            newest: WitnessedHeader(signed), previous: nil,
            commits: [CommitExcerpt(listed: nil, path: [], entries: [entry], proof: [])])
        #expect(bench.take(excerpt).numbers == [1])
        #expect(bench.inbox.next == 2)
    }

    // MARK: - Keys

    @Test("A key that an entry names counts from the next header on, and the old one no more")
    func rotation() throws {
        var bench = try InboxBench()
        try bench.write(5, .key(InboxBench.newKey.publicKey))
        let outcome = bench.take(try bench.excerpt([3, 4, 5], naming: 2))
        #expect(outcome.records.first == .key(InboxBench.newKey.publicKey))
        #expect(bench.inbox.key == InboxBench.newKey.publicKey)
        var retired = bench
        try retired.write([Cast.step(6)])
        #expect(retired.take(try retired.excerpt([6], naming: 4)) == .nothing(.otherKey))
        try bench.write([Cast.step(6)], by: InboxBench.newKey)
        #expect(bench.take(try bench.excerpt([6], naming: 4)).numbers == [6])
    }

    @Test("A key that is shown behind a gap counts for a read alone, and no record says so")
    func announced() throws {
        var bench = try InboxBench()
        try bench.write(5, .key(InboxBench.newKey.publicKey))
        try bench.write([Cast.step(6), bench.read(1)], by: InboxBench.newKey)
        let before = bench.inbox
        let alone = try bench.excerpt([], reads: [5])
        #expect(bench.take(alone) == .nothing(.otherKey))
        #expect(bench.take(try bench.excerpt([5], under: 4).badlySigned()) == .nothing(.gap))
        #expect(bench.inbox == before)
        #expect(bench.take(try bench.excerpt([5], under: 4)) == .nothing(.gap))
        #expect(bench.inbox != before && bench.inbox.recorded == before.recorded)
        #expect(bench.take(alone).isHeard)
        let entries = try bench.excerpt([3, 4, 5, 6], naming: 2)
        #expect(bench.take(entries) == .nothing(.otherKey))
    }

    @Test("A key of a commit before the header's is not the newest, and is not taken for it")
    func olderKey() throws {
        var bench = try InboxBench()
        try bench.write(5, .key(InboxBench.newKey.publicKey))
        try bench.write(6, .key(Cast.key(3).publicKey), by: InboxBench.newKey)
        try bench.write([Cast.step(7)], by: Cast.key(3))
        bench.inbox.apply(.keyCompared(Cast.key(3).publicKey))
        let excerpt = try bench.excerpt([3, 4, 5, 6, 7], naming: 2)
        #expect(bench.take(excerpt, entriesMax: 3).numbers == [3, 4, 5])
        #expect(bench.inbox.key == Cast.key(3).publicKey)
        #expect(bench.take(excerpt).numbers == [6, 7])
    }

    @Test("A key that people compared counts, and the one before it no more")
    func compared() throws {
        var bench = try InboxBench()
        bench.inbox.apply(.keyCompared(InboxBench.newKey.publicKey))
        #expect(bench.take(try bench.excerpt([3, 4], naming: 2)) == .nothing(.otherKey))
        try bench.write([Cast.step(5)], by: InboxBench.newKey)
        #expect(bench.take(try bench.excerpt([3, 4, 5], naming: 2)).numbers == [3, 4, 5])
    }
}

extension LinkOutcome {
    var isHeard: Bool { if case .heard = self { true } else { false } }
}
