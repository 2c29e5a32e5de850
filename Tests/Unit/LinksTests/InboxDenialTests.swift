import Chain
import Links
import Saga
import Testing
import Wire

/// What a peer's `read` and headers say about the two logs.
@Suite struct InboxDenialTests {
    @Test("A read with a numbered entry is heard, and recorded by the own read")
    func heard() throws {
        var bench = try InboxBench()
        try bench.write([bench.read(2, acknowledged: 2)])
        let outcome = bench.take(try bench.excerpt([3, 4], reads: [4], naming: 2))
        guard case .taken(let taking) = outcome else { throw WireError("\(outcome)") }
        #expect(taking.heard?.number == 2 && bench.inbox.acknowledged == 2)
        let read = Read(number: 4, header: bench.name(4), acknowledged: 2)
        #expect(taking.records == [.read(read, bench.log.commits[3].header)])
    }

    @Test("A read that acknowledges less than one before denies a log")
    func goesBack() throws {
        try expect(.goesBack) { bench in
            try bench.write([bench.read(2)])
            bench.take(try bench.excerpt([3], reads: [4], naming: 2))
            return bench.read(1)
        }
    }

    @Test("A read of a number that was never given denies a log")
    func unknownNumber() throws {
        try expect(.unknownNumber) { $0.read(3) }
    }

    @Test("A read of a header that the own log lacks denies a log")
    func unknownHeader() throws {
        try expect(.unknownHeader) { bench in
            bench.read(2, header: HeaderName(commit: 2, hash: .sha256(of: [9])))
        }
    }

    @Test("A read that has an acknowledgment of what was not taken denies a log")
    func unknownAcknowledgment() throws {
        try expect(.unknownAcknowledgment) { $0.read(2, acknowledged: 3) }
    }

    /// Such a `read` denies nothing alone, and all with the next entry.
    private func expect(
        _ denial: Denial, of make: (inout InboxBench) throws -> Draft
    ) throws {
        var bench = try InboxBench()
        let read = try make(&bench)
        try bench.write([read])
        let commit = bench.log.count
        let named = Int(bench.inbox.newest?.header.number ?? 0)
        let before = bench.inbox
        #expect(bench.take(try bench.excerpt([], reads: [commit])).isHeard)
        #expect(bench.inbox == before)
        let next = bench.inbox.next
        let outcome = bench.take(try bench.excerpt([next, 4], reads: [commit], naming: named))
        #expect(outcome == .denied(denial) && !outcome.isAnsweredAgain)
        #expect(bench.inbox.suspension == .denied(denial))
        #expect(bench.inbox.next == before.next && bench.inbox.newest == before.newest)
        let again = try bench.excerpt([next, 4], naming: named)
        #expect(bench.take(again) == .nothing(.suspended))
    }

    @Test("Of several faults of a read, the first in order is the reason")
    func precedence() throws {
        let other = HeaderName(commit: 2, hash: .sha256(of: [9]))
        try expect(.unknownNumber) { $0.read(3, header: other, acknowledged: 9) }
        try expect(.unknownAcknowledgment) { $0.read(2, header: other, acknowledged: 9) }
    }

    /// A stranger can show an old entry with a newer one, as the log has both.
    @Test("A read before what was taken is no evidence, shown with a new entry or alone")
    func oldRead() throws {
        var bench = try InboxBench()
        try bench.write([bench.read(1)])
        try bench.write([bench.read(2), Cast.step(5)])
        bench.take(try bench.excerpt([3, 4, 5], reads: [5], naming: 2))
        #expect(bench.inbox.acknowledged == 2)
        try bench.write([Cast.step(6)])
        let outcome = bench.take(try bench.excerpt([6], reads: [4], naming: 5))
        #expect(outcome.numbers == [6])
        guard case .taken(let taking) = outcome else { return }
        #expect(taking.heard == nil && bench.inbox.acknowledged == 2)
        #expect(bench.take(try bench.excerpt([], reads: [4])).isHeard)
    }

    @Test("A read in a record of old entries is not heard")
    func readWithOldEntries() throws {
        var bench = try InboxBench()
        try bench.write([bench.read(2)])
        let before = bench.inbox
        #expect(bench.take(try bench.excerpt([2], reads: [4], naming: 2)) == .nothing(.old))
        #expect(bench.inbox == before)
    }

    // MARK: - Two headers of one timeline

    @Test("Another commit at the place of the newest one taken denies a log")
    func otherCommit() throws {
        var bench = try InboxBench()
        bench.log = bench.log.prefix(1)
        try bench.write([Cast.step(2), Cast.step(3), .own])
        let excerpt = try bench.excerpt([3])
        #expect(bench.take(excerpt) == .denied(.contradiction))
        #expect(bench.inbox.suspension == .denied(.contradiction))
    }

    @Test("Another commit in a later header's history denies a log")
    func otherHistory() throws {
        var bench = try InboxBench()
        bench.log = bench.log.prefix(1)
        try bench.write([Cast.step(2), .own])
        try bench.write([Cast.step(3)])
        #expect(bench.take(try bench.excerpt([3], naming: 2)) == .denied(.contradiction))
    }

    @Test("What another key signed, or badly, contradicts nothing")
    func noContradiction() throws {
        var bench = try InboxBench()
        let log = bench.log
        bench.log = log.prefix(1)
        try bench.write([Cast.step(2), Cast.step(3), .own], by: Cast.key(9))
        #expect(bench.take(try bench.excerpt([3])) == .nothing(.otherHeader))
        bench.log = log.prefix(1)
        try bench.write([Cast.step(2), Cast.step(3), .own])
        #expect(bench.take(try bench.excerpt([3]).badlySigned()) == .nothing(.otherHeader))
        #expect(bench.inbox.suspension == nil)
    }
}
