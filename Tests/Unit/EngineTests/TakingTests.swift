import Chain
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// What a batch takes of the excerpts that peers show, and how the log says so.
@Suite struct TakingTests {
    private static let fromA = Line(from: .bankA, to: .bankB)

    private static func payment(_ number: UInt64) -> Trip {
        Trip(.pay(eur(1), from: .alice, to: .bob), number: number)
    }

    private static func overHub(_ number: UInt64) -> Trip {
        Trip(.pay(eur(1), from: .alice, to: .bob, over: [.hub]), number: number)
    }

    @Test("Of several records of a peer in one batch the log says once how far they were taken")
    func onePerPeer() throws {
        var bench = Bench()
        let words = [
            Self.overHub(1).word(.reserve, 2), Self.payment(2).word(.reserve, 1),
            Self.payment(3).word(.reserve, 1), Self.overHub(4).word(.reserve, 2),
        ]
        let outcome = bench.at(.bankB, words.map { bench.input(of: $0) })
        #expect(
            outcome.allEntries == Array(repeating: .decided(.confirmed), count: 4)
                + [.read(.bankA), .read(.hub)])
        for (peer, read) in outcome.reads {
            #expect(read.number == 2)
            #expect(read.header == bench[peer].shelf.newest.name)
            #expect(bench[.bankB].state.links[peer]?.next == 3)
            #expect(bench[.bankB].state.links[peer]?.newest == bench[peer].shelf.newest)
        }
        try bench.expectReplayEqualsLive()
    }

    @Test("A record of several entries is taken as a whole, in their order")
    func several() throws {
        var bench = Bench()
        bench.at(.bankA, (1...3).map { bench.input(of: .begin(Self.payment($0).begin)) })
        let outcome = bench.at(.bankB, [bench.input(of: 1...3, on: Self.fromA)])
        #expect(outcome.entries == Array(repeating: .decided(.confirmed), count: 3))
        #expect(outcome.words.map(\.step.saga.command) == [1, 2, 3].map { CommandID($0) })
        #expect(outcome.reads.map(\.read.number) == [3])
    }

    @Test("Of a record that begins before the next number, only what is new is taken")
    func overlapping() throws {
        var bench = Bench()
        bench.at(.bankA, (1...3).map { bench.input(of: .begin(Self.payment($0).begin)) })
        bench.deliverNext()
        let outcome = bench.at(.bankB, [bench.input(of: 1...3, on: Self.fromA)])
        #expect(outcome.entries == Array(repeating: .decided(.confirmed), count: 2))
        bench.showAgain()
        bench.deliverAll()
        try bench.expectSettledBooks()
    }

    @Test("What of one record does not fit into a commit is taken by the next, each with its read")
    func moreThanFits() throws {
        var bench = Bench()
        for name in bench.names { bench[name].keepsCheckpoints = false }
        bench.operate(at: .bankA, .deposit(eur(9_000), to: .alice))
        let limit = LedgerOperation.limitExposure(of: .bankA, minorUnits: 9_000, .eur)
        bench.operate(at: .bankB, limit)
        let count: UInt64 = 1_500
        bench.at(.bankA, (1...count).map { bench.input(of: .begin(Self.payment($0).begin)) })
        #expect(bench[.bankA].state.given[.bankB] == count)
        let record = bench.input(of: 1...count, on: Self.fromA)
        let outcome = bench.at(.bankB, [record])
        #expect(outcome.commitCount > 1)
        #expect(outcome.entries.count == Int(count))
        let numbers = outcome.reads.map(\.read.number)
        #expect(numbers.count == outcome.commitCount)
        #expect(numbers == numbers.sorted() && numbers.last == count)
        #expect(outcome.words.map(\.step.saga.command) == (1...count).map { CommandID($0) })
        #expect(bench[.bob].available == Int64(count))
        let node = bench[.bankB]
        #expect(try node.recovered() == node.engine.recorded)
    }

    @Test("An acknowledgment in a record is heard, kept in the own read, and shortens what waits")
    func acknowledged() throws {
        var bench = Bench()
        bench.begin(Self.payment(1))
        #expect(bench[.bankA].state.waiting[.bankB]?.count == 1)
        bench.deliverNext()
        let outcome = bench.deliverNext()
        let said = try #require(bench[.bankB].shelf.read(for: .bankA)?.read?.read)
        #expect(said.number == 1 && said.acknowledged == 0)
        #expect(outcome.notices == [.heard(.bankB, said)])
        #expect(outcome.reads.map(\.read.acknowledged) == [1])
        #expect(bench[.bankA].state.waiting[.bankB] == [])
        #expect(bench[.bankA].state.links[.bankB]?.acknowledged == 1)
        try bench.expectReplayEqualsLive()
    }

    @Test("An acknowledgment alone is heard and recorded nowhere, and not acknowledged itself")
    func alone() throws {
        var bench = Bench()
        bench.begin(Self.payment(1))
        bench.deliverNext()
        let before = bench[.bankA].state
        let read = try #require(bench[.bankB].shelf.read(for: .bankA))
        let said = try #require(read.read?.read)
        for _ in 1...2 {
            let outcome = bench.show(read, to: .bankA, on: .bankB)
            #expect(outcome.events.isEmpty)
            #expect(outcome.notices == [.heard(.bankB, said)])
        }
        #expect(bench[.bankA].state.links == before.links)
        #expect(bench[.bankA].state.waiting == before.waiting)
    }

    @Test("What was not taken is answered by the acknowledgment, said again", arguments: [2, 3])
    func sayAgain(_ number: UInt64) throws {
        var bench = Bench()
        for number in 1...3 as ClosedRange<UInt64> { bench.begin(Self.payment(number)) }
        let gap = bench.deliver(Letter(from: .bankA, to: .bankB, number))
        #expect(gap.events.isEmpty)
        #expect(gap.drops == [.notTaken(.bankA, .gap): 1])
        #expect(gap.notices == [.sayAgain(.bankA)])
        bench.deliverAll()
        let old = bench.deliver(Letter(from: .bankA, to: .bankB, number))
        #expect(old.events.isEmpty)
        #expect(old.notices == [.sayAgain(.bankA)])
        try bench.expectSettledBooks()
    }

    @Test("A saga's entries, and the cursor, are in the commit that says they were taken")
    func oneCommit() throws {
        var bench = Bench()
        bench.begin(Self.payment(1))
        bench.deliverNext()
        let commit = try #require(bench[.bankB].commits.last)
        #expect(
            try commit.events(for: Party.self).map(Recorded.init)
                == [.decided(.confirmed), .read(.bankA)])
        #expect(commit.inboxes == [.bankA: 0])
    }

    // MARK: - What denies a log

    /// bank-b's acknowledgments that cannot be true of two logs of which neither was rewound.
    enum Lie: CaseIterable {
        case goesBack, unknownNumber, unknownHeader, unknownAcknowledgment

        var denial: Denial {
            switch self {
            case .goesBack: .goesBack
            case .unknownNumber: .unknownNumber
            case .unknownHeader: .unknownHeader
            case .unknownAcknowledgment: .unknownAcknowledgment
            }
        }

        func read(_ newest: HeaderName) -> Read {
            let other = HeaderName(commit: newest.commit, hash: .sha256(of: [1]))
            return switch self {
            case .goesBack: Read(number: 0, header: newest, acknowledged: 0)
            case .unknownNumber: Read(number: 99, header: newest, acknowledged: 0)
            case .unknownHeader: Read(number: 1, header: other, acknowledged: 0)
            case .unknownAcknowledgment: Read(number: 1, header: newest, acknowledged: 99)
            }
        }
    }

    private static let toA = Line(from: .bankB, to: .bankA)

    /// bank-a has heard that its first entry was taken; then bank-b says that.
    private static func denied(_ lie: Lie) -> (Bench, Outcome) {
        var bench = Bench()
        bench.begin(payment(1))
        bench.deliverAll()
        bench.write(lie.read(bench[.bankA].shelf.newest.name), on: toA)
        let outcome = bench.deliver(payment(7).word(.confirm, 0))
        return (bench, outcome)
    }

    @Test(
        "A peer that denies a log is suspended, and the log keeps what it signed",
        arguments: Lie.allCases)
    func suspended(_ lie: Lie) throws {
        var (bench, outcome) = Self.denied(lie)
        #expect(
            outcome.events == [
                .peerSuspended(
                    .bankB, .denied(lie.denial, header: bench[.bankB].shelf.newest.signed))
            ])
        #expect(outcome.notices == [.linkChanged(.bankB)])
        #expect(bench[.bankA].state.isSuspended(.bankB))
        // Nothing of it counts, not even what it says again, and nothing is begun towards it.
        let more = bench.deliver(Self.payment(8).word(.confirm, 0))
        #expect(more.events.isEmpty)
        #expect(more.drops == [.notTaken(.bankB, .suspended): 1])
        #expect(bench.begin(Self.payment(2)).answer == .refused(.suspendedPeer))
        #expect(bench.begin(Self.overHub(3)).answer == .applied)
        // There is no timeline under another key, and none that the same key, compared, would be.
        let other = BenchNode.key(of: .moon).publicKey
        #expect(bench.acceptPeer(.bankB, under: other, at: .bankA).answer == .timelineNotShown)
        #expect(bench.comparePeerKey(of: .bankB, at: .bankA).answer == .duplicate(of: .applied))
        let newest = bench[.bankA].commits.count - 1
        try bench[.bankA].restart(from: bench[.bankA].snapshot(after: newest))
        #expect(bench[.bankA].state.isSuspended(.bankB))
        try bench.expectReplayEqualsLive()
    }

    @Test("What was taken in the same batch before a denial was true, and is kept")
    func suspendedInABatch() throws {
        var bench = Bench()
        bench.begin(Self.payment(1))
        bench.begin(Self.payment(2))
        let first = bench.input(of: Self.payment(1).word(.confirm, 0))
        bench.write(Lie.unknownNumber.read(bench[.bankA].shelf.newest.name), on: Self.toA)
        let second = bench.input(of: Self.payment(2).word(.confirm, 0))
        let outcome = bench.at(.bankA, [first, second])
        #expect(
            outcome.allEntries
                == [.decided(.confirmed), .read(.bankB), .peerSuspended(.bankB)])
        #expect(bench[.bankA].state.stepState(Self.payment(2).step(0)) == .reserved)
        try bench.expectReplayEqualsLive()
    }
}
