import Chain
import Ledger
import LedgerWire
import Links
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

/// A log loses its end, people accept that, and a new timeline begins: what its peers do, and what
/// becomes of the sagas.
@Suite struct LossTests {
    private static let direct = Trip(.pay(eur(100), from: .alice, to: .bob))
    private static let overHub = Trip(.pay(eur(100), from: .alice, to: .bob, over: [.hub]))

    /// How many commits a node's log has.
    private static func count(_ name: NodeName, _ bench: Bench) -> Int { bench[name].commits.count }

    // MARK: - What peers do

    @Test("A peer that had taken nothing of what is lost accepts the timeline by itself")
    func byItself() throws {
        var bench = Bench()
        bench.begin(Self.direct)
        bench.deliverNext()
        // The answer was taken, and that is lost again.
        let kept = Self.count(.bankA, bench)
        bench.deliverAll()
        try bench.lose(.bankA, keeping: kept)
        bench.comparePeerKeys(at: .bankA)
        #expect(bench[.bankA].state.stepState(Self.direct.step(0)) == .reserved)

        let accepted = bench.deliver(Letter(from: .bankA, to: .bankB, 2))
        #expect(accepted.allEntries == [.peerAccepted(.bankA), .read(.bankA)])
        #expect(accepted.commitCount == 1)
        let name = TimelineName(number: 1, fork: .of(1))
        #expect(bench[.bankB].state.links[.bankA]?.accepted == name)

        let answered = bench.deliver(Letter(from: .bankB, to: .bankA, 2))
        #expect(
            answered.allEntries == [.peerAnswered(.bankB), .repeated(.reserved), .read(.bankB)])
        #expect(answered.notices.contains(.linkChanged(.bankB)))
        #expect(answered.words == [Self.direct.word(.reserve, 1).again])
        #expect(bench[.bankA].state.links[.bankB]?.awaited == nil)

        bench.mail = []
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [900, 0, 0] && bench.balances(.bob) == [100, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("A peer that had taken what is lost is suspended until its people accept the timeline")
    func byPeople() throws {
        var bench = Bench()
        let kept = Self.count(.bankA, bench)
        bench.begin(Self.direct)
        bench.deliverNext()
        try bench.lose(.bankA, keeping: kept)
        bench.comparePeerKeys(at: .bankA)
        let fork = Letter(from: .bankA, to: .bankB, 1)
        let suspended = bench.deliver(fork)
        #expect(suspended.allEntries == [.peerSuspended(.bankA)])
        #expect(suspended.notices == [.linkChanged(.bankA)])
        #expect(bench[.bankB].state.isSuspended(.bankA))
        let back = Trip(.pay(eur(1), from: .bea, to: .alice), number: 9)
        #expect(bench.begin(back).answer == .refused(.suspendedPeer))
        // It is shown again, and changes nothing.
        #expect(bench.deliver(fork).events.isEmpty)
        try bench[.bankB].restart()

        let accepted = bench.acceptPeer(.bankA, at: .bankB)
        #expect(accepted.answer == .applied)
        #expect(accepted.allEntries == [.peerAccepted(.bankA), .read(.bankA)])
        #expect(accepted.events.map(\.principal) == [Cast.ada, nil])
        #expect(accepted.notices == [.linkChanged(.bankA)])
        #expect(!bench[.bankB].state.isSuspended(.bankA))
        #expect(bench.acceptPeer(.bankA, at: .bankB).answer == .duplicate(of: .applied))

        // The client retries: the payee's bank knows the saga, and nothing is paid twice.
        bench.deliverAll()
        #expect(bench.begin(Self.direct).answer == .applied)
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [900, 0, 0] && bench.balances(.bob) == [100, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("Nothing is read of a peer before people have compared its key, and it has accepted")
    func nothingBefore() throws {
        var bench = Bench()
        bench.begin(Self.direct)
        bench.deliverAll()
        bench.startTimeline(at: .bankA)
        bench.begin(Trip(.pay(eur(1), from: .bea, to: .alice), number: 2))
        let reserve = Letter(from: .bankB, to: .bankA, 2)
        #expect(bench.deliver(reserve).drops == [.notTaken(.bankB, .keyNotCompared): 1])
        let read = try #require(bench[.bankB].shelf.read(for: .bankA))
        #expect(
            bench.show(read, to: .bankA, on: .bankB).drops
                == [.notTaken(.bankB, .keyNotCompared): 1])
        let compared = bench.comparePeerKey(of: .bankB, at: .bankA)
        #expect(compared.answer == .applied && compared.entries == [.keyCompared(.bankB)])
        #expect(bench.comparePeerKey(of: .bankB, at: .bankA).answer == .duplicate(of: .applied))
        #expect(bench.deliver(reserve).drops == [.notTaken(.bankB, .notAccepted): 1])
        // An acknowledgment alone is heard: it says where the peer stands.
        #expect(bench.show(read, to: .bankA, on: .bankB).notices.count == 1)
        let fork = Letter(from: .bankA, to: .bankB, 2)
        bench.deliver(fork)
        // What the peer wrote before it accepted is behind, and is never read again.
        let answered = bench.deliver(Letter(from: .bankB, to: .bankA, 3))
        #expect(answered.entries.first == .peerAnswered(.bankB))
        #expect(bench.deliver(reserve).drops == [.notTaken(.bankB, .old): 1])
        // So the peer says it again, behind that.
        for peer in [NodeName.hub, .shop] { bench.comparePeerKey(of: peer, at: .bankA) }
        bench.deliverEverything()
        #expect(bench[.alice].available == 901)
        try bench.expectSettledBooks()
    }

    @Test("Two neighbours that both lost their ends accept each other, and continue")
    func both() throws {
        var bench = Bench()
        bench.begin(Self.direct)
        bench.deliverAll()
        for (name, number) in [(NodeName.bankA, 1), (.bankB, 2)] as [(NodeName, UInt8)] {
            try bench.lose(name, keeping: Self.count(name, bench) - 1, as: number)
        }
        for name in [NodeName.bankA, .bankB] { bench.comparePeerKeys(at: name) }
        for _ in 1...3 {
            bench.showForks()
            bench.deliverAll()
            for (name, peer) in [(NodeName.bankA, NodeName.bankB), (.bankB, .bankA)]
            where bench[name].state.isSuspended(peer) { bench.acceptPeer(peer, at: name) }
        }
        bench.showForks()
        bench.deliverAll()
        bench.deliverEverything()
        for (name, peer) in [(NodeName.bankA, NodeName.bankB), (.bankB, .bankA)] {
            #expect(bench[name].state.links[peer]?.awaited == nil)
            #expect(!bench[name].state.isSuspended(peer))
        }
        let back = Trip(.pay(eur(1), from: .bea, to: .alice), number: 2)
        bench.begin(back)
        bench.deliverEverything()
        #expect(bench[.bankB].state.stepState(back.step(0)) == .confirmed)
        try bench.expectReplayEqualsLive()
    }

    // MARK: - What becomes of sagas

    @Test("A correspondent that lost a step passes it on though it is too late: it may be paid")
    func middle() throws {
        var bench = Bench()
        let kept = Self.count(.hub, bench)
        bench.begin(Self.overHub)
        bench.deliverNext()
        bench.deliverNext()
        #expect(bench[.bob].available == 100)
        try bench.lose(.hub, keeping: kept)
        bench.comparePeerKeys(at: .hub)
        bench.now = bench.now + .seconds(60)
        bench.acceptForks(of: .hub)
        #expect(bench[.bankA].state.repeating.isEmpty)
        bench.deliverEverything()
        #expect(bench[.hub].state.stepState(Self.overHub.step(1)) == .confirmed)
        #expect(bench.balances(.alice) == [900, 0, 0] && bench.balances(.bob) == [100, 0, 0])
        try bench.expectSettledBooks()
    }

    /// What an operator can set so that the hub may not hold what bank A asks for.
    enum Rule: CaseIterable {
        case exposure, owed, transit, intake

        func set(_ isBroken: Bool, in bench: inout Bench) {
            let limit: Int64 = isBroken ? 99 : 100
            switch self {
            case .exposure:
                bench.operate(at: .hub, .limitExposure(of: .bankA, minorUnits: limit, .eur))
            case .owed: bench.operate(at: .hub, .limitOwed(to: .bankB, minorUnits: limit, .eur))
            case .transit:
                bench.operate(at: .hub, .setTransit(from: .bankA, isBroken ? .blocked : .allowed))
            case .intake: bench.setIntake(from: .bankA, isBroken ? .stopped : .open, at: .hub)
            }
        }
    }

    @Test(
        "What a correspondent lost and may not hold now is neither held nor refused: it waits",
        arguments: Rule.allCases)
    func waits(_ rule: Rule) throws {
        var bench = Bench()
        let kept = Self.count(.hub, bench)
        bench.begin(Self.overHub)
        bench.deliverNext()
        bench.deliverNext()
        try bench.lose(.hub, keeping: kept)
        bench.comparePeerKeys(at: .hub)
        rule.set(true, in: &bench)
        bench.acceptForks(of: .hub)
        let next = try #require(bench[.hub].state.links[.bankA]?.next)
        for _ in 1...2 {
            bench.now = bench.now + .seconds(60)
            let outcome = bench.deliver(Letter(from: .bankA, to: .hub, next))
            #expect(outcome.events.isEmpty && outcome.dropped == 1)
        }
        #expect(bench[.hub].state.links[.bankA]?.next == next)
        try bench[.hub].restart()
        rule.set(false, in: &bench)
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [900, 0, 0] && bench.balances(.bob) == [100, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("What no lost entry can have held is judged, though it is said to be reserved before")
    func judged() throws {
        var bench = Bench()
        bench.setIntake(from: .bankA, .stopped, at: .hub)
        let word = Self.overHub.word(.reserve, 1).again
        // The log has lost nothing.
        #expect(bench.deliver(word).entries == [.decided(.cancelled, .intakeStopped)])
        bench.startTimeline(at: .hub)
        bench.comparePeerKeys(at: .hub)
        bench.acceptForks(of: .hub)
        bench.deliverAll()
        var later = Trip(Self.overHub.route, number: 2)
        later.deadline = bench.now + .seconds(3_901)
        let outcome = bench.deliver(later.word(.reserve, 1).again)
        #expect(outcome.entries == [.decided(.cancelled, .intakeStopped)])
        later = Trip(Self.overHub.route, number: 3)
        let first = bench.deliver(later.word(.reserve, 1))
        #expect(first.entries == [.decided(.cancelled, .intakeStopped)])
        later = Trip(Self.overHub.route, number: 4)
        later.deadline = bench.now + .seconds(3_900)
        #expect(bench.deliver(later.word(.reserve, 1).again).events.isEmpty)
        bench.setIntake(from: .bankA, .open, at: .hub)
        let newest = Letter(from: .bankA, to: .hub, bench[.bankA].shelf.given(to: .hub))
        #expect(bench.deliver(newest).entries == [.decided(.reserved)])
        // The next node is no peer: perhaps the entry that made it one was lost.
        later = Trip(.pay(eur(1), from: .alice, to: .bob, over: [.hub, .moon]), number: 5)
        #expect(bench.deliver(later.word(.reserve, 1).again).events.isEmpty)
    }

    @Test("A last bank that lost a payment learns of none that is closed: nothing is paid twice")
    func last() throws {
        var bench = Bench()
        let kept = Self.count(.bankB, bench)
        bench.begin(Self.direct)
        bench.deliverAll()
        try bench.lose(.bankB, keeping: kept)
        bench.comparePeerKeys(at: .bankB)
        bench.acceptForks(of: .bankB)
        bench.deliverEverything()
        // Bob's bank bears it.
        #expect(bench[.bankB].state.stepState(Self.direct.step(1)) == .unknown)
        #expect(bench.balances(.alice) == [900, 0, 0] && bench.balances(.bob) == [0, 0, 0])
        // The old entry is shown again by a stranger.
        let old = bench.deliver(Letter(from: .bankA, to: .bankB, 1))
        #expect(old.events.isEmpty)
        #expect(bench[.bankB].state.stepState(Self.direct.step(1)) == .unknown)
        try bench.expectReplayEqualsLive()
    }

    @Test("A last bank that lost an open payment decides it, and an answer is given again")
    func lastOpen() throws {
        var bench = Bench()
        let kept = Self.count(.bankB, bench)
        bench.begin(Self.direct)
        bench.deliverNext()
        // The confirmation is never shown.
        bench.mail = []
        try bench.lose(.bankB, keeping: kept)
        bench.comparePeerKeys(at: .bankB)
        bench.acceptForks(of: .bankB)
        bench.deliverEverything()
        #expect(bench.balances(.alice) == [900, 0, 0] && bench.balances(.bob) == [100, 0, 0])
        try bench.expectSettledBooks()
    }

    @Test("An abandon that was asked for is repeated, behind the step that is said again")
    func abandoned() throws {
        var bench = Bench()
        let trip = Trip(Self.overHub.route.adding(.approve(), to: 1))
        let kept = Self.count(.hub, bench)
        bench.begin(trip)
        bench.deliverNext()
        bench.at(.bankA, .abandon(trip.id))
        try bench.lose(.hub, keeping: kept)
        bench.comparePeerKeys(at: .hub)
        bench.acceptForks(of: .hub)
        let entries = try bench[.bankA].commits.flatMap { try $0.events(for: Party.self) }
        let words = entries.compactMap { Word($0, from: .bankA) }
        #expect(words.suffix(2) == [trip.word(.reserve, 1).again, trip.word(.abandon, 1)])
        bench.deliverEverything()
        try bench.expectSettledBooks()
    }

    // MARK: - What was being decided

    @Test("A step that was deciding counts as never heard of, and comes again")
    func forgotten() throws {
        var bench = Bench()
        let trip = DecidingTests.asked
        bench.begin(trip)
        bench.deliverNext()
        let kept = Self.count(.bankB, bench)
        bench.decide(trip, 1, true)
        let outcome = try bench.lose(.bankB, keeping: kept)
        #expect(outcome.entries.prefix(2) == [.timelineStarted(1), .forgotten])
        #expect(bench[.bankB].state.stepState(trip.step(1)) == .unknown)
        #expect(bench.balances(.bob) == [0, 0, 0])
        #expect(bench[.bankB].state.openSagas == 0)
        #expect(bench[.bankB].state.openShares == OpenShares())
        #expect(bench[.bankB].engine.nextDue == nil)
        #expect(bench.decide(trip, 1, true).answer == .unknownSaga)
        bench.comparePeerKeys(at: .bankB)
        bench.acceptForks(of: .bankB)
        bench.deliverEverything()
        #expect(bench[.bankB].state.stepState(trip.step(1)) == .deciding)
        bench.decide(trip, 1, true)
        bench.deliverEverything()
        try bench.expectSettledBooks()
    }

    @Test("At the origin a client's command is forgotten with its step, and may be sent again")
    func forgottenCommand() throws {
        var bench = Bench()
        let trip = DecidingTests.asking
        bench.begin(trip)
        bench.startTimeline(at: .bankA)
        #expect(bench.balances(.alice) == [1_000, 0, 0])
        #expect(bench[.bankA].state.commands[trip.id] == nil)
        #expect(bench.at(.bankA, .abandon(trip.id)).answer == .unknownSaga)
        #expect(bench.begin(trip).answer == .applied)
        try bench.expectReplayEqualsLive()
    }

    @Test("More than fits into a commit is forgotten, and said again, before anything is decided")
    func many() throws {
        var bench = Bench()
        for name in bench.names { bench[name].keepsCheckpoints = false }
        bench.operate(at: .bankA, .deposit(eur(9_000), to: .alice))
        let route = Route.pay(eur(1), from: .alice, to: .bob).adding(.approve(), to: 0)
        let trips = (1...2_000 as ClosedRange<UInt64>).map { Trip(route, number: $0) }
        bench.at(.bankA, trips.map { bench.input(of: .begin($0.begin)) })
        #expect(bench[.bankA].state.openSteps.deciding == trips.count)
        bench.startTimeline(at: .bankA)
        #expect(!bench[.bankA].state.forgetting.isEmpty)
        #expect(bench[.bankA].engine.nextDue == .distantPast)
        // As after a crash, it continues with what is left.
        try bench[.bankA].restart()
        let next = Trip(.pay(eur(1), from: .alice, to: .amir), number: 5_000)
        let outcome = bench.begin(next)
        #expect(outcome.answer == .applied)
        #expect(outcome.entries.last == .decided(.confirmed))
        #expect(bench[.bankA].state.forgetting.isEmpty)
        #expect(bench[.alice].held == 0)
        #expect(try bench[.bankA].recovered() == bench[.bankA].engine.recorded)
    }
}

extension Bench {
    /// The entries that began the newest timelines are shown again, alone, and with them the
    /// answers to others' timelines.
    mutating func showForks() {
        mail = []
        for line in lines {
            let given = self[line.from].shelf.given(to: line.to)
            guard given > 0 else { continue }
            mail += (1...given).map { Letter(from: line.from, to: line.to, $0) }
        }
    }

    /// All peers take the node's newest timeline, by themselves or by their people, and the node
    /// takes their answers.
    mutating func acceptForks(of name: NodeName) {
        for peer in names where peer != name {
            guard let beginning = self[name].state.beginnings[peer]?.last else { continue }
            let line = Line(from: name, to: peer)
            let first = min(next(on: line), beginning.number)
            at(peer, [input(of: first...beginning.number, on: line)])
            if self[peer].state.isSuspended(name) { acceptPeer(name, at: peer) }
            deliver(Letter(from: peer, to: name, acceptance(of: name, by: peer)))
        }
    }

    /// The number of the newest answer of `peer` to a timeline of `name`.
    private func acceptance(of name: NodeName, by peer: NodeName) -> UInt64 {
        var number: UInt64?
        for parts in self[peer].commits.flatMap(\.entries).map(\.parts) {
            guard let shown = try? Shown(decoding: parts.shown), shown.peer == name,
                case .accepted = shown.what
            else { continue }
            number = shown.number
        }
        return known(number)
    }
}
