import Chain
import Links
import Saga
import Testing
import Wire

/// What a peer signs with the key that counts, and what cannot be: numbers 1 and 2 are taken.
@Suite struct InboxLieTests {
    /// An entry that denies what the header of the same commit says.
    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Of the commit.
        let timeline: UInt64
        let what: @Sendable (InboxBench) -> Shown.What

        init(
            _ description: String, in timeline: UInt64,
            _ what: @escaping @Sendable (InboxBench) -> Shown.What
        ) {
            testDescription = description
            self.timeline = timeline
            self.what = what
        }
    }

    private static func name(_ number: UInt64) -> TimelineName {
        TimelineName(number: number, fork: Cast.fork(9))
    }

    /// A timeline that begins with the next commit, or says another place.
    private static func begun(
        _ number: UInt64, _ bench: InboxBench, at position: Position? = nil,
        behind hash: Hash? = nil
    ) -> Shown.What {
        .timeline(
            NewTimeline(
                name(number), position: position ?? bench.log.end,
                commitHash: hash ?? bench.log.newest?.hash ?? .zero))
    }

    private static func accepted(in own: TimelineName?) -> Shown.What {
        .accepted(Accepted(InboxBench.ownFork, own: own))
    }

    static let lies = [
        Lie("a timeline in a commit of none", in: 0) { begun(1_000, $0) },
        Lie("an older timeline than its commit's", in: 2) { begun(1, $0) },
        Lie("a newer timeline than its commit's", in: 1) { begun(2, $0) },
        Lie("a timeline that begins elsewhere", in: 1) { begun(1, $0, at: Position(1)) },
        Lie("a timeline behind all positions", in: 1) {
            begun(1, $0, at: Position(UInt64(Int64.max)))
        },
        Lie("a timeline that begins behind another commit", in: 1) { begun(1, $0, behind: .zero) },
        Lie("an accepted in a timeline, in a commit of none", in: 0) { _ in
            accepted(in: name(1_000))
        },
        Lie("an accepted in no timeline, in a commit of one", in: 1) { _ in accepted(in: nil) },
        Lie("an accepted in an older timeline than its commit's", in: 2) { _ in
            accepted(in: name(1))
        },
    ]

    @Test("It is taken with its number, counts for nothing, and is to be refused", arguments: lies)
    func unfounded(_ lie: Lie) throws {
        var bench = try InboxBench()
        try bench.write(5, lie.what(bench), timeline: lie.timeline)
        let outcome = bench.take(try bench.excerpt([3, 4, 5], naming: 2))
        guard case .taken(let taking) = outcome else { throw WireError("\(outcome)") }
        #expect(outcome.numbers == [3, 4, 5])
        #expect(taking.unfounded == [5] && taking.accepts == nil)
        let read = Read(number: 5, header: bench.name(4), acknowledged: 0)
        #expect(taking.records == [.read(read, bench.log.commits[3].header)])
        try bench.write([Cast.step(6)], timeline: lie.timeline)
        #expect(bench.take(try bench.excerpt([6], naming: 4)).numbers == [6])
    }

    @Test("It is the header of the entry's own commit that counts, not the newest one")
    func ownHeader() throws {
        var bench = try InboxBench()
        try bench.write(5, Self.begun(7, bench))
        try bench.write([Cast.step(6)], timeline: 7)
        let outcome = bench.take(try bench.excerpt([3, 4, 5, 6], naming: 2))
        guard case .taken(let taking) = outcome else { throw WireError("\(outcome)") }
        #expect(outcome.numbers == [3, 4, 5, 6])
        #expect(taking.unfounded == [5] && taking.accepts == nil)
    }

    @Test(
        "An accepted that denies its commit is not the one that is waited for",
        arguments: [(0, 1), (1, nil), (2, 1)] as [(UInt64, UInt64?)])
    func awaited(_ timeline: UInt64, _ own: UInt64?) throws {
        var bench = try InboxBench()
        bench.inbox.apply(.lost(InboxBench.ownFork.fork))
        bench.inbox.apply(.keyCompared(InboxBench.key.publicKey))
        try bench.write(5, Self.accepted(in: own.map(Self.name)), timeline: timeline)
        let before = bench.inbox
        #expect(bench.take(try bench.excerpt([5])) == .nothing(.notAccepted))
        #expect(bench.inbox == before)
        let right = timeline == 0 ? nil : Self.name(timeline)
        try bench.write(6, Self.accepted(in: right), timeline: timeline)
        let outcome = bench.take(try bench.excerpt([5, 6]))
        guard case .taken(let taking) = outcome else { throw WireError("\(outcome)") }
        #expect(outcome.numbers == [6] && taking.accepts == right)
        #expect(bench.inbox.awaited == nil && bench.inbox.next == 7)
    }

    // MARK: - Keys

    @Test("Of two entries that name one key, that of the newest commit takes it, in part as whole")
    func oneKeyTwice() throws {
        var bench = try InboxBench()
        try bench.write(5, .key(InboxBench.newKey.publicKey))
        try bench.write(6, .key(InboxBench.newKey.publicKey))
        let excerpt = try bench.excerpt([3, 4, 5, 6], naming: 2)
        var inPart = bench
        guard case .taken(let part) = inPart.take(excerpt, entriesMax: 3),
            case .taken(let whole) = bench.take(excerpt)
        else { throw WireError("nothing was taken") }
        #expect(part.keys.isEmpty && whole.keys == [6])
        #expect(inPart.inbox.key == InboxBench.key.publicKey)
        guard case .taken(let rest) = inPart.take(excerpt) else {
            throw WireError("nothing was taken")
        }
        #expect(rest.keys == [6] && inPart.inbox == bench.inbox)
    }

    @Test("Of the keys that one commit names behind a gap the last counts: it signs the next one")
    func lastKey() throws {
        var bench = try InboxBench()
        try bench.write([Self.naming(Cast.key(3), 5), Self.naming(InboxBench.newKey, 6)])
        let keys = try bench.excerpt([5, 6])
        try bench.write([bench.read(1)], by: InboxBench.newKey)
        let read = try bench.excerpt([], reads: [5])
        #expect(bench.take(read) == .nothing(.otherKey))
        #expect(bench.take(keys) == .nothing(.gap))
        #expect(bench.take(read).isHeard)
    }

    @Test("No key is looked at of a peer that is suspended")
    func suspended() throws {
        var bench = try InboxBench()
        try bench.write([Self.naming(InboxBench.newKey, 5)])
        bench.inbox.apply(.suspended(.denied(.goesBack)))
        let before = bench.inbox
        #expect(bench.take(try bench.excerpt([5])) == .nothing(.suspended))
        #expect(bench.inbox == before)
    }

    /// Compared with what it would cost if each key were a reason to check the signature again.
    @Test("A record that is refused costs one signature, however many keys it names")
    func cost() throws {
        var bench = try InboxBench()
        let count: UInt64 = 400
        let numbers = Array(5..<(5 + count))
        try bench.write(numbers.map { Self.naming(InboxBench.newKey, $0) })
        let excerpt = try bench.excerpt(numbers).badlySigned()
        #expect(excerpt.numbers.count == numbers.count)
        let signed = excerpt.newest.signed
        let clock = ContinuousClock()
        let checking = clock.measure {
            for _ in numbers {
                _ = InboxBench.key.publicKey.isValid(signed.signature, for: signed.bytes)
            }
        }
        var taking = Duration.seconds(60)
        for _ in 0..<5 {
            var inbox = bench.inbox
            let time = clock.measure {
                let outcome = inbox.take(excerpt, given: 2) { _ in true }
                #expect(outcome == .nothing(.gap))
            }
            taking = min(taking, time)
        }
        #expect(taking < checking / 2)
    }

    private static func naming(_ key: SigningKey, _ number: UInt64) -> Draft {
        Draft(shown: Shown(to: Cast.bankB, number: number, .key(key.publicKey)))
    }
}
