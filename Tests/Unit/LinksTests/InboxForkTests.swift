import Chain
import Links
import Saga
import Testing
import Wire

/// New timelines: of the peer's log, and of the own one.
@Suite struct InboxForkTests {
    @Test("A timeline that begins before what was taken suspends the peer")
    func cutsOff() throws {
        var bench = try InboxBench()
        try bench.lose(keeping: 1, number: 2)
        let before = bench.inbox
        let excerpt = try bench.excerpt([2])
        guard case .forked(let fork) = bench.take(excerpt) else { throw WireError("no fork") }
        #expect(fork.timeline.name == InboxBench.fork && fork.number == 2)
        #expect(fork.header.name == bench.name(2))
        #expect(bench.inbox.suspension == .forked(fork))
        #expect(bench.inbox.next == before.next && bench.inbox.newest == before.newest)
        let suspended = bench.inbox
        #expect(bench.take(excerpt) == .nothing(.suspended))
        #expect(bench.inbox == suspended)
    }

    @Test("A timeline that is not proved does not suspend the peer", arguments: [true, false])
    func unproved(isSignature: Bool) throws {
        var bench = try InboxBench()
        try bench.lose(keeping: 1, number: 2)
        let before = bench.inbox
        let excerpt = try bench.excerpt([2])
        let bad =
            try isSignature
            ? excerpt.badlySigned()
            : excerpt.changed { entry in
                try ShownEntry(
                    position: entry.position, saga: entry.saga, keptHash: .zero,
                    shown: entry.shown, content: [])
            }
        #expect(bench.take(bad).records.isEmpty && bench.inbox == before)
    }

    @Test("A timeline that begins behind what was taken is taken in its order, and answered")
    func behind() throws {
        var bench = try InboxBench()
        try bench.lose(keeping: 3, number: 5)
        let alone = try bench.excerpt([5])
        #expect(bench.take(alone) == .nothing(.gap))
        let outcome = bench.take(try bench.excerpt([3, 4, 5], naming: 2))
        guard case .taken(let taking) = outcome else { throw WireError("\(outcome)") }
        #expect(taking.accepts == InboxBench.fork && outcome.numbers == [3, 4, 5])
        #expect(taking.records.first == .accepted(InboxBench.fork) && taking.records.count == 2)
        #expect(bench.inbox.accepted == InboxBench.fork)
        #expect(bench.take(alone) == .nothing(.old))
    }

    @Test("Once people accept it, the lower number is next, and the fork's header the newest")
    func accepted() throws {
        var bench = try InboxBench()
        let lost = try bench.excerpt([3, 4], naming: 2)
        try bench.lose(keeping: 1, number: 2)
        let excerpt = try bench.excerpt([2])
        guard case .forked(let fork) = bench.take(excerpt) else { throw WireError("no fork") }
        let records = bench.accept(fork)
        let read = Read(number: 1, header: bench.name(2), acknowledged: 0)
        #expect(records == [.accepted(InboxBench.fork), .read(read, fork.header)])
        #expect(bench.inbox.next == 2 && bench.inbox.suspension == nil)
        #expect(bench.take(lost).records.isEmpty, "what was lost counts no more")
        try bench.write([Cast.step(3)], timeline: 1)
        let outcome = bench.take(try bench.excerpt([2, 3], naming: 2))
        #expect(outcome.numbers == [2, 3])
        guard case .taken(let taking) = outcome else { return }
        #expect(taking.accepts == nil, "it is answered already")
    }

    @Test("A later timeline takes the place of one that people have not accepted, no older one")
    func twice() throws {
        var bench = try InboxBench()
        try bench.lose(keeping: 1, number: 2)
        let first = try bench.excerpt([2])
        guard case .forked = bench.take(first) else { throw WireError("no fork") }
        let name = TimelineName(number: 2, fork: Cast.fork(7))
        try bench.lose(keeping: 1, name, number: 2)
        let second = try bench.excerpt([2])
        guard case .forked(let fork) = bench.take(second) else { throw WireError("no fork") }
        #expect(bench.inbox.suspension == .forked(fork) && fork.timeline.name == name)
        #expect(bench.take(first) == .nothing(.suspended))
        bench.accept(fork)
        let before = bench.inbox
        #expect(bench.take(first).records.isEmpty && bench.inbox == before)
    }

    @Test("An earlier timeline that a reader has not followed says what survives")
    func earlier() throws {
        var bench = try InboxBench()
        try bench.lose(keeping: 1, number: 2)
        let earlier = NewTimeline.Beginning(timeline: 1, number: 2, position: Position(2))
        try bench.write([Cast.step(3), Cast.step(4)], timeline: 1)
        let name = TimelineName(number: 2, fork: Cast.fork(7))
        try bench.lose(keeping: 3, name, number: 5, earlier: [earlier])
        guard case .forked(let fork) = bench.take(try bench.excerpt([5])) else {
            throw WireError("no fork")
        }
        bench.accept(fork)
        #expect(bench.inbox.next == 2, "2 is another one in timeline 1")
        #expect(bench.take(try bench.excerpt([2, 3, 4, 5], naming: 4)).numbers == [2, 3, 4, 5])
    }

    @Test("Only people who compared its key see a timeline under another key")
    func otherKey() throws {
        var bench = try InboxBench()
        try bench.lose(keeping: 1, number: 2, by: InboxBench.newKey)
        let excerpt = try bench.excerpt([2])
        #expect(bench.take(excerpt) == .nothing(.timelineUnderOtherKey))
        #expect(bench.inbox.fork(in: excerpt, under: Cast.key(9).publicKey) == nil)
        let fork = bench.inbox.fork(in: excerpt, under: InboxBench.newKey.publicKey)
        guard let fork else { throw WireError("no fork") }
        let records = bench.accept(fork, under: InboxBench.newKey)
        #expect(records.first == .keyCompared(InboxBench.newKey.publicKey))
        #expect(bench.inbox.key == InboxBench.newKey.publicKey && bench.inbox.next == 2)
        #expect(bench.inbox.fork(in: excerpt, under: InboxBench.newKey.publicKey) == nil)
    }

    // MARK: - The own log was lost

    @Test("The peer's accepted is taken first, whatever its number and header")
    func ownTimeline() throws {
        var bench = try awaiting()
        try bench.write(5, .accepted(Accepted(InboxBench.ownFork, own: nil)))
        try bench.write([Cast.step(6)])
        let outcome = bench.take(try bench.excerpt([4, 5, 6]))
        #expect(outcome.numbers == [5, 6])
        #expect(outcome.records.first == .answered)
        #expect(bench.inbox.awaited == nil && bench.inbox.next == 7)
        #expect(bench.inbox.newest?.name == bench.name(5))
    }

    @Test("An accepted from a timeline that is not known has that answered too")
    func bothLost() throws {
        var bench = try awaiting()
        let accepted = Accepted(InboxBench.ownFork, own: InboxBench.fork)
        try bench.write(5, .accepted(accepted), timeline: 1)
        let outcome = bench.take(try bench.excerpt([5]))
        guard case .taken(let taking) = outcome else { throw WireError("\(outcome)") }
        #expect(taking.accepts == InboxBench.fork)
        #expect(taking.records.prefix(2) == [.answered, .accepted(InboxBench.fork)])
        #expect(bench.inbox.accepted == InboxBench.fork)
    }

    @Test("A peer's timeline that cuts nothing off is answered before it has accepted the own one")
    func answered() throws {
        var bench = try awaiting()
        try bench.lose(keeping: 3, number: 5)
        let excerpt = try bench.excerpt([5])
        let next = bench.inbox.next
        guard case .answered(let fork) = bench.take(excerpt) else { throw WireError("no fork") }
        #expect(fork.timeline.name == bench.inbox.accepted)
        #expect(bench.inbox.awaited != nil && bench.inbox.next == next)
        let before = bench.inbox
        #expect(bench.take(excerpt) == .nothing(.notAccepted) && bench.inbox == before)
    }

    @Test("A read alone is heard before the peer has accepted the own timeline")
    func readWhileAwaiting() throws {
        var bench = try awaiting()
        try bench.write([bench.read(1)])
        let before = bench.inbox
        #expect(bench.take(try bench.excerpt([], reads: [4])).isHeard)
        #expect(bench.inbox == before)
    }

    @Test("Accepting a timeline while one awaits moves neither number nor header")
    func acceptWhileAwaiting() throws {
        var bench = try awaiting()
        try bench.lose(keeping: 1, number: 2)
        guard case .forked(let fork) = bench.take(try bench.excerpt([2])) else {
            throw WireError("no fork")
        }
        let (next, newest) = (bench.inbox.next, bench.inbox.newest)
        #expect(bench.accept(fork) == [.accepted(InboxBench.fork)])
        #expect(bench.inbox.next == next && bench.inbox.newest == newest)
    }

    /// bank-b lost its log, and people compared bank-a's key.
    private func awaiting() throws -> InboxBench {
        var bench = try InboxBench()
        bench.inbox.apply(.lost(InboxBench.ownFork.fork))
        bench.inbox.apply(.keyCompared(InboxBench.key.publicKey))
        return bench
    }
}
